//! Invalid settings stop the start; their messages name the fix.

use super::*;

#[test]
fn an_error_names_the_setting_the_place_and_the_fix() {
    let listen = |text: &str| Flags {
        listen: Some(text.to_owned()),
        ..Flags::default()
    };
    let cases: Vec<(Place, &[&str])> = vec![
        (
            Place::empty().flags(listen("8080")),
            &[
                "`server.listen`",
                "flag --listen",
                "\"8080\"",
                "127.0.0.1:8080",
            ],
        ),
        (
            Place::empty().environment("GUESTLIST_SERVER__DRAIN_DELAY", "5s"),
            &[
                "`server.drain_delay`",
                "environment variable GUESTLIST_SERVER__DRAIN_DELAY",
                "\"5s\"",
                "from 0 to 300",
            ],
        ),
        (
            Place::empty().dotenv("\n# hello\nGUESTLIST_LOG__FORMAT=xml"),
            &["`log.format`", ".env line 3", "\"xml\"", "text or json"],
        ),
        (
            Place::empty().toml("[server]\nlisten = 8080"),
            &[
                "`server.listen`",
                "read from guestlist.toml line 2,",
                "a whole number",
                "127.0.0.1:8080",
            ],
        ),
        (
            Place::empty().toml("[server]\ndrain_delay = '5'"),
            &[
                "`server.drain_delay`",
                "read from guestlist.toml line 2,",
                "text in quotes",
                "whole seconds",
            ],
        ),
        (
            Place::empty().toml("[passwords]\nmin_length = 7"),
            &["`passwords.min_length`", "from 8 to 64", "such as 15"],
        ),
        (
            Place::empty().environment("GUESTLIST_PASSWORDS__MAX_LENGTH", "4097"),
            &["`passwords.max_length`", "from 64 to 4096"],
        ),
        (
            Place::empty().toml("[passwords]\nschemes = ['argon2', 'md5']"),
            &["`passwords.schemes`", "\"md5\"", "sha-crypt"],
        ),
        (
            Place::empty().toml("[passwords]\nschemes = []"),
            &["`passwords.schemes`", "\"\"", "argon2"],
        ),
        (
            Place::empty().environment("GUESTLIST_PASSWORDS__SCHEMES", "bcrypt,argon2,bcrypt"),
            &["`passwords.schemes`", "bcrypt twice"],
        ),
        (
            Place::empty().environment("GUESTLIST_PASSWORDS__SCHEMES", "firebase,argon2"),
            &["`passwords.schemes`", "cannot make new hashes", "in front"],
        ),
        (
            Place::empty().toml("[passwords]\ncost = 'm=19455,t=2,p=1'"),
            &["`passwords.cost`", "m=19455", "OWASP ASVS 5.0, appendix C"],
        ),
        (
            Place::empty().toml("[passwords]\nschemes = ['bcrypt']\ncost = '9'"),
            &["`passwords.cost`", "\"9\"", "from 10"],
        ),
        (
            Place::empty().toml("[passwords]\nschemes = ['bcrypt']\ncost = 12"),
            &["`passwords.cost`", "a whole number", "\"12\" for bcrypt"],
        ),
        (
            Place::empty().environment("GUESTLIST_PASSWORDS__WAIT", "0"),
            &["`passwords.wait`", "from 0.1 to 30"],
        ),
        (
            Place::empty().environment("GUESTLIST_PASSWORDS__THREADS", "0"),
            &["`passwords.threads`", "from 1 to 1024"],
        ),
        (
            Place::empty().dotenv("GUESTLIST_SERVER__NAME=''"),
            &["`server.name`", "is empty", "100 characters"],
        ),
        (
            Place::empty().toml("[server]\ntrusted_proxies = '::1'"),
            &["`server.trusted_proxies`", "text in quotes"],
        ),
        (
            Place::empty().toml("[server]\ntrusted_proxies = [1]"),
            &["`server.trusted_proxies`", "other than text"],
        ),
        (
            Place::empty().toml("[server]\ninsecure_cookies = 'true'"),
            &[
                "`server.insecure_cookies`",
                "text in quotes",
                "true or false",
            ],
        ),
        (
            Place::empty().environment("GUESTLIST_SERVER__INSECURE_COOKIES", "yes"),
            &["`server.insecure_cookies`", "\"yes\"", "true or false"],
        ),
        // CO04: a wildcard would let all sites use their visitors' sessions.
        (
            Place::empty().toml("[cors]\norigins = ['*']"),
            &[
                "`cors.origins`",
                "read from guestlist.toml line 2,",
                "\"*\"",
                "never *",
            ],
        ),
        (
            Place::empty().environment("GUESTLIST_CORS__ORIGINS", "https://a.example,null"),
            &["`cors.origins`", "\"null\""],
        ),
        (
            Place::empty().environment("GUESTLIST_CORS__ORIGINS", "https://*.example.org"),
            &["`cors.origins`", "a host"],
        ),
        (
            Place::empty().environment("GUESTLIST_CORS__ORIGINS", "https://a.example/path"),
            &["`cors.origins`", "a port if it is not the default one"],
        ),
        (
            Place::empty().toml("[log]\nlevel = 'inof'"),
            &["`log.level`", "guestlist.toml line 2", "inof", "info"],
        ),
        (
            Place::empty().environment("GUESTLIST_SERVER__LISTN", "x"),
            &[
                "environment variable GUESTLIST_SERVER__LISTN",
                "did you mean GUESTLIST_SERVER__LISTEN?",
            ],
        ),
        (
            Place::empty().environment("GUESTLIST_SECRET_KEY", "exemplary"),
            &[
                "GUESTLIST_SECRET_KEY",
                "did you mean GUESTLIST_SERVER__SECRET_KEY?",
            ],
        ),
        (
            Place::empty().environment("GUESTLIST_", "x"),
            &["GUESTLIST_", "GUESTLIST_SERVER__BASE_URL"],
        ),
        (
            Place::empty().dotenv("GUESTLIST_LOGLEVEL=x"),
            &[".env line 1", "did you mean GUESTLIST_LOG__LEVEL?"],
        ),
        (
            Place::empty().toml("[server]\nlisen = 'x'"),
            &[
                "guestlist.toml line 2: `server.lisen` is not a setting",
                "did you mean `listen` in the section [server]?",
            ],
        ),
        (
            Place::empty().toml("listen = 'x'"),
            &[
                "guestlist.toml line 1: `listen` is",
                "`listen` in the section [server]",
            ],
        ),
        (
            Place::empty().toml("[servr]\nlisten = 'x'"),
            &["guestlist.toml line 2: `servr.listen`", "[server]"],
        ),
        (
            Place::empty().toml("[server.listen]\na = 1"),
            &["`server.listen`", "is a section"],
        ),
        (
            Place::empty().toml("server = 5"),
            &[
                "guestlist.toml",
                "`server` is a whole number",
                "write [server]",
            ],
        ),
        (
            Place::empty().toml("[tokens]\njwt = 'EdDSA'"),
            &["`tokens.jwt` is text in quotes", "write [tokens.jwt]"],
        ),
        (
            Place::empty().toml("[tokens.jtw]\nalgorithm = 'EdDSA'"),
            &[
                "guestlist.toml line 2: `tokens.jtw.algorithm`",
                "`algorithm` in the section [tokens.jwt]",
            ],
        ),
        (
            Place::empty().toml("[tokens]\nalgorithm = 'EdDSA'"),
            &[
                "guestlist.toml line 2: `tokens.algorithm`",
                "`algorithm` in the section [tokens.jwt]",
            ],
        ),
        (
            Place::empty().toml("[another]"),
            &[
                "guestlist.toml line 1: `another`",
                "use one of server.listen",
            ],
        ),
        (
            Place::empty().environment("GUESTLIST_TOKENS__JWT__ALGORITHM", "none"),
            &["`tokens.jwt.algorithm`", "\"none\"", "HS256, EdDSA"],
        ),
        (
            Place::empty().environment("GUESTLIST_TOKENS__STRATEGY", "opaque"),
            &["`tokens.strategy`", "\"opaque\"", "database or jwt"],
        ),
        (
            Place::empty().toml("[tokens]\naccess_jwt = 0"),
            &["`tokens.access_jwt`", "from 1 to 86400"],
        ),
        (
            Place::empty().toml("[tokens]\naccess_database = 1.5"),
            &["`tokens.access_database`", "a number with a fraction"],
        ),
        (
            Place::empty().toml("[tokens]\nrefresh_window = 61"),
            &["`tokens.refresh_window`", "from 0 to 60"],
        ),
        (
            Place::empty().toml("[sessions]\nidle = 3599"),
            &["`sessions.idle`", "from 3600 to"],
        ),
        (
            Place::empty().toml("[sessions]\nlifetime = 31536001"),
            &["`sessions.lifetime`", "to 31536000"],
        ),
        (
            Place::empty().toml("[[server]]\nlisten = 'x'"),
            &["`server` is a list"],
        ),
        (
            Place::empty().dotenv("A=1\nSECRET_KEY"),
            &[".env line 2", "no `=`", "NAME=VALUE"],
        ),
        (
            Place::empty().toml("[log]\nlevel = 'info'\nformat ="),
            &["guestlist.toml line 3", "is not TOML"],
        ),
        (
            Place::empty().toml("[log]\nlevel = 'exemplary'\nlevel = 'info'"),
            &["guestlist.toml line 3: ", " is repeated; keep one of them"],
        ),
    ];
    for (place, parts) in cases {
        let refusal = place.refusal();
        for part in parts {
            assert!(refusal.contains(part), "{part:?} is not in: {refusal}");
        }
        assert!(!refusal.contains("exemplary"), "{refusal}");
    }
}

#[test]
fn all_unknown_names_are_told_at_once_with_their_lines() {
    let place = Place::empty()
        .environment("GUESTLIST_LOGLEVEL", "exemplary")
        .dotenv("\nGUESTLIST_PORT=8000\n")
        .toml("[server]\nport = 8000\nlisten = 1\nfoo_bar_baz = 'exemplary'\n[servr]\nname = 'exemplary'\nx = 1\n");
    let known: Vec<_> = all().map(|setting| setting.name).collect();
    let expected = [
        "environment variable GUESTLIST_LOGLEVEL is not a setting; did you mean GUESTLIST_LOG__LEVEL?",
        ".env line 2 (GUESTLIST_PORT) is not a setting; did you mean GUESTLIST_SERVER__LISTEN=127.0.0.1:8000?",
        "guestlist.toml line 2: `server.port` is not a setting; did you mean `listen = \"127.0.0.1:8000\"` in the \
         section [server]?",
        "guestlist.toml line 4: `server.foo_bar_baz` is not a setting",
        "guestlist.toml line 6: `servr.name` is not a setting; did you mean `name` in the section [server]?",
        "guestlist.toml line 7: `servr.x` is not a setting; use one of ",
    ];
    let refusal = place.refusal();
    assert_eq!(refusal, expected.join("\n") + known.join(", ").as_str());
}

#[test]
fn a_repeated_section_is_told_with_both_lines() {
    let refusal = |text: &str| Place::empty().toml(text).refusal();
    assert_eq!(
        refusal("[server]\nname = 'a'\n[log]\n[ server ] # again\nlisten = 'exemplary'\n"),
        "guestlist.toml line 4: the section [server] is repeated (first in line 1); put all its settings into one section"
    );
    assert_eq!(
        refusal("[tokens.jwt]\n[tokens]\n[tokens.jwt]\n"),
        "guestlist.toml line 3: the section [tokens.jwt] is repeated (first in line 1); put all its settings into one \
         section"
    );
    assert_eq!(
        refusal("[server]\nname = 'a'\n[[server]]\n"),
        "guestlist.toml line 3: the section [server] is repeated (first in line 1); put all its settings into one section"
    );
    assert_eq!(
        refusal("server.name = 'a'\n[server]\n"),
        "guestlist.toml line 2: the section [server] is repeated; put all its settings into one section"
    );
}

#[test]
fn a_repetition_hides_no_unknown_name() {
    let section = "guestlist.toml line 4: the section [server] is repeated (first in line 1); put all its settings \
                   into one section";
    let place = Place::empty()
        .environment("GUESTLIST_LOGLEVEL", "info")
        .toml("[server]\nprot = 1\n[log]\n[server]\nlistne = 'exemplary'\n[log]\nlevle = 'x'\n");
    let expected = [
        section,
        "environment variable GUESTLIST_LOGLEVEL is not a setting; did you mean GUESTLIST_LOG__LEVEL?",
        "guestlist.toml line 2: `server.prot` is not a setting",
        "guestlist.toml line 5: `server.listne` is not a setting; did you mean `listen` in the section [server]?",
        "guestlist.toml line 7: `log.levle` is not a setting; did you mean `level` in the section [log]?",
    ];
    let refusal = place.refusal();
    let lines: Vec<_> = refusal.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{refusal}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{refusal}");
    }
    let refusal = Place::empty()
        .toml("[log]\nlevel = 'info'\nlevel = 'warn'\nlevle = 'x'\n")
        .refusal();
    assert!(refusal.contains("line 3: `level` is repeated"), "{refusal}");
    assert!(
        refusal.contains("`log.levle` is not a setting"),
        "{refusal}"
    );
}

#[test]
fn an_unknown_variable_gets_the_names_of_variables() {
    let place = Place::empty()
        .environment("GUESTLIST_XYZXYZXYZ", "1")
        .toml("[another]");
    let refusal = place.refusal();
    let (of_environment, of_file) = refusal.split_once('\n').expect("has two lines");
    assert!(
        of_environment.contains("is not a setting; use one of GUESTLIST_SERVER__LISTEN, "),
        "{refusal}"
    );
    assert!(of_file.contains("use one of server.listen, "), "{refusal}");
}

#[test]
fn an_unknown_log_level_names_the_levels_once() {
    for text in ["loud", "info,foo=loud"] {
        let refusal = Place::empty()
            .environment("GUESTLIST_LOG__LEVEL", text)
            .refusal();
        assert!(refusal.contains("has the unknown level \"loud\"; give off"));
        assert_eq!(refusal.matches("warn").count(), 1, "{refusal}");
    }
}

/// A weaker place may suit the schemes of the weaker place.
#[test]
fn only_the_cost_in_force_has_to_suit_the_first_scheme() {
    let file = "[passwords]\nschemes = ['bcrypt']\ncost = '12'";
    let refused = Place::empty()
        .environment("GUESTLIST_PASSWORDS__SCHEMES", "argon2")
        .toml(file);
    let refusal = refused.refusal();
    let expected = "setting `passwords.cost`, read from guestlist.toml line 3, is \"12\": ";
    assert!(refusal.starts_with(expected), "{refusal}");
    let overridden = Place::empty()
        .environment("GUESTLIST_PASSWORDS__SCHEMES", "argon2")
        .environment("GUESTLIST_PASSWORDS__COST", "m=47104,t=1,p=1")
        .toml(file);
    assert_eq!(overridden.settings().cost.to_string(), "m=47104,t=1,p=1");
}

#[test]
fn an_overridden_mistake_is_reported() {
    let place = Place::empty()
        .environment("GUESTLIST_LOG__LEVEL", "info")
        .toml("[log]\nlevel = 'loud'");
    let refusal = place.refusal();
    assert!(
        refusal.contains("`log.level`, read from guestlist.toml line 2"),
        "{refusal}"
    );
}

#[test]
fn a_name_of_another_program_is_not_a_mistake() {
    let place = Place::empty()
        .environment("PATH", "/bin")
        .environment("MY_GUESTLIST_THING", "x")
        .dotenv("\u{feff}# ours and others'\r\nexport OTHER=$HOME\r\nGUESTLIST_LOG__LEVEL=warn # quiet\r\n");
    assert_eq!(place.settings().log_level, "warn");
}

#[test]
fn a_variable_of_other_servers_is_named_with_ours() {
    let listen = "ignored the variable PORT; to set `server.listen`, use GUESTLIST_SERVER__LISTEN, such as \
                  0.0.0.0:8080";
    let database =
        "ignored the variable MONGO_URL; to set `database.url`, use DATABASE_URL".to_owned();
    let both = || {
        Place::empty()
            .environment("PORT", "9000")
            .dotenv("MONGO_URL=mongodb://ada:hush@db/x")
    };
    assert_eq!(both().settings().ignored(), [listen, &database]);
    let set = both().environment("GUESTLIST_SERVER__LISTEN", "127.0.0.1:9000");
    assert_eq!(set.settings().ignored(), [database]);
    let set = both()
        .environment("DATABASE_URL", "sqlite:x.db")
        .toml("[server]\nlisten = '127.0.0.1:1'");
    assert_eq!(set.settings().ignored(), [""; 0]);
    // Shells and other programs set these.
    let others = Place::empty()
        .environment("HOST", "ada")
        .environment("PORT", "");
    assert_eq!(others.settings().ignored(), [""; 0]);
}

#[test]
fn variables_of_kubernetes_are_ignored_in_both_places() {
    let in_both = Place::empty()
        .environment("GUESTLIST_SERVICE_HOST", "10.0.0.1")
        .dotenv("GUESTLIST_PORT=tcp://10.0.0.1:8080\nGUESTLIST_DB_SERVICE_HOST='10.0.0.2'\n");
    let expected = [
        "GUESTLIST_SERVICE_HOST",
        "GUESTLIST_PORT",
        "GUESTLIST_DB_SERVICE_HOST",
    ];
    assert_eq!(in_both.settings().passed_over(), expected);
    let mistake = Place::empty().dotenv("GUESTLIST_PORT=8080").refusal();
    assert!(
        mistake.contains(".env line 1 (GUESTLIST_PORT)"),
        "{mistake}"
    );
}

#[test]
fn the_file_of_the_flag_has_to_exist() {
    let config = |name: &str| Flags {
        config: Some(name.into()),
        ..Flags::default()
    };
    let refusal = Place::empty().flags(config("party.toml")).refusal();
    assert_eq!(
        refusal,
        "the settings file party.toml, which the flag --config names, does not exist; name a file that exists, or \
         leave the flag out"
    );
    let refusal = Place::empty().flags(config("~/party.toml")).refusal();
    assert_eq!(
        refusal,
        "the settings file ~/party.toml, which the flag --config names, does not exist, and ~ is not expanded; write \
         the whole path, such as /home/NAME/party.toml, or leave the flag out"
    );
    let place = Place::empty()
        .flags(config("party.toml"))
        .file("party.toml", "[server]\nlisten = '127.0.0.1:1'")
        .toml("this is not TOML, and is not read");
    let settings = place.settings();
    assert_eq!(
        row(&settings, "server.listen").1,
        "party.toml: server.listen"
    );
    assert_eq!(settings.places(), ["party.toml"]);
}

#[test]
fn a_file_that_cannot_be_read_stops_the_start() {
    for name in [".env", "guestlist.toml"] {
        let place = Place::empty();
        fs::create_dir(place.folder.path().join(name)).expect("a folder in its place");
        let refusal = place.refusal();
        let words = format!("{name} is a folder; rename the folder, or put a file in its place");
        assert!(refusal.ends_with(&words), "{refusal}");
    }
    let place = Place::empty();
    fs::write(place.folder.path().join("guestlist.toml"), b"\nA=\xff").expect("writes");
    let refusal = place.refusal();
    assert!(
        refusal.ends_with("guestlist.toml is not UTF-8 in line 2; save it as UTF-8"),
        "{refusal}"
    );
}

/// Another program may keep a line of another encoding in the same file.
#[test]
fn a_line_of_dotenv_that_is_not_utf_8_counts_only_if_it_is_ours() {
    let dotenv = |bytes: &[u8]| {
        let place = Place::empty();
        fs::write(place.folder.path().join(".env"), bytes).expect("writes");
        place
    };
    let theirs = b"# f\xfcr\nTHEIRS=\"th\xe9\nmore\"\n\xff\xff\nGUESTLIST_LOG__LEVEL=warn\n";
    assert_eq!(dotenv(theirs).settings().log_level, "warn");
    for (ours, line) in [
        (&b"A=1\nSECRET_KEY=s3cr3t\xff\n"[..], 2),
        (b"A=1\n\nSECRET_KEY='s3cr3t\nmore \xff'\n", 4),
    ] {
        let refusal = dotenv(ours).refusal();
        let expected =
            format!(".env line {line} (SECRET_KEY) is not UTF-8; save the file as UTF-8");
        assert_eq!(refusal, expected);
    }
    let refusal = dotenv(b"\xff\xfeA\0=\0").refusal();
    assert!(
        refusal.ends_with(".env is UTF-16; save it as UTF-8"),
        "{refusal}"
    );
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_text_is_refused_only_if_it_is_ours() {
    use std::os::unix::ffi::OsStringExt as _;
    let garbage = || OsString::from_vec(vec![0xff]);
    let mut place = Place::empty();
    place.environment.push(("OTHER".into(), garbage()));
    place.environment.push((garbage(), garbage()));
    assert!(place.load().is_ok());
    let mut place = Place::empty();
    place.environment.push(("SECRET_KEY".into(), garbage()));
    assert!(place.refusal().contains("is not UTF-8"));
}

#[test]
fn a_name_of_ours_in_another_case_is_told_with_the_right_one() {
    for (name, right) in [
        ("guestlist_server__name", "GUESTLIST_SERVER__NAME"),
        ("Database_Url", "DATABASE_URL"),
        ("secret_key", "SECRET_KEY"),
    ] {
        let refusal = Place::empty().environment(name, "exemplary").refusal();
        let words = "is not a setting; did you mean";
        assert_eq!(
            refusal,
            format!("environment variable {name} {words} {right}?")
        );
        let refusal = Place::empty()
            .dotenv(&format!("{name}=exemplary"))
            .refusal();
        assert_eq!(refusal, format!(".env line 1 ({name}) {words} {right}?"));
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_a_missing_file_stops_the_start() {
    for name in [".env", "guestlist.toml"] {
        let place = Place::empty();
        let link = place.folder.path().join(name);
        std::os::unix::fs::symlink("nowhere", link).expect("links");
        let refusal = place.refusal();
        let words = format!(
            "{name} cannot be read: it is a link to a file that does not exist; correct the path or the file"
        );
        assert!(refusal.ends_with(&words), "{refusal}");
    }
}

#[test]
fn a_password_in_an_item_of_a_list_is_not_shown() {
    for variable in [
        "GUESTLIST_CORS__ORIGINS",
        "GUESTLIST_SERVER__HOSTS",
        "GUESTLIST_SERVER__TRUSTED_PROXIES",
    ] {
        for item in ["https://u:exemplary@h", "exemplary@h:1"] {
            let refusal = Place::empty().environment(variable, item).refusal();
            assert!(!refusal.contains("exemplary"), "{refusal}");
            let words = "has an item with a user name, which would be public; give ";
            assert!(refusal.contains(words), "{refusal}");
        }
    }
    let place = Place::empty().toml("[cors]\norigins = 'https://u:exemplary@h'");
    assert!(!place.refusal().contains("exemplary"));
}

/// Found when the settings are read, so `guestlist config` refuses it too.
#[test]
fn mails_need_a_sender() {
    let url = ("GUESTLIST_MAIL__URL", "smtp://ada:s3cr3t@mail.example.org");
    let refusal = Place::empty().environment(url.0, url.1).refusal();
    assert_eq!(
        refusal,
        "setting `mail.url`, read from environment variable GUESTLIST_MAIL__URL, sends mails, but `mail.from` is not \
         set; set it (GUESTLIST_MAIL__FROM) to the address that mails come from, such as events@example.org"
    );
    let whole = Place::empty()
        .environment(url.0, url.1)
        .environment("GUESTLIST_MAIL__FROM", "events@example.org");
    assert!(whole.settings().sends_mail());
}

/// Without mail, the rule would silently have no effect.
#[test]
fn rules_about_addresses_need_mail() {
    for key in ["require_verified", "conceal"] {
        let place = |value: &str| Place::empty().toml(&format!("[sign_up]\n{key} = {value}"));
        assert_eq!(
            place("true").refusal(),
            format!(
                "setting `sign_up.{key}`, read from guestlist.toml line 2, is true, which needs mail, but `mail.url` is \
                 off; set `mail.url` (GUESTLIST_MAIL__URL), or remove `sign_up.{key}`"
            )
        );
        place("false").settings();
        let mail = place("true")
            .environment("GUESTLIST_MAIL__URL", "file:mails")
            .environment("GUESTLIST_MAIL__FROM", "events@example.org");
        mail.settings();
    }
}

#[test]
fn links_of_a_default_base_url_come_with_a_warning() {
    let warning = Place::empty().settings().warning_about_links();
    let warning = warning.expect("warns");
    for words in [
        "`server.base_url` is not set",
        "http://127.0.0.1:8080",
        "GUESTLIST_SERVER__BASE_URL",
    ] {
        assert!(warning.contains(words), "{warning}");
    }
    let set = Place::empty().environment("GUESTLIST_SERVER__BASE_URL", "https://example.org");
    assert_eq!(set.settings().warning_about_links(), None);
}
