//! Where settings are read, and which value wins.

mod documents;
mod every_setting;
mod refusals;
mod secrets;
mod shell_syntax;

use std::{fs, time::Duration};

use guestlist::{Algorithm, Strategy};

use super::{table::all, *};

/// A separate working folder and environment for a test.
struct Place {
    folder: tempfile::TempDir,
    flags: Flags,
    environment: Vec<(OsString, OsString)>,
}

impl Place {
    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            folder,
            flags: Flags::default(),
            environment: Vec::new(),
        }
    }

    fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).expect("writes");
        self
    }

    fn dotenv(self, text: &str) -> Self {
        self.file(".env", text)
    }

    fn toml(self, text: &str) -> Self {
        self.file("guestlist.toml", text)
    }

    fn flags(mut self, flags: Flags) -> Self {
        self.flags = flags;
        self
    }

    fn load(self) -> Result<Settings, SettingsError> {
        Settings::load(&self.flags, self.environment, self.folder.path())
    }

    fn settings(self) -> Settings {
        self.load().expect("good settings")
    }

    fn refusal(self) -> String {
        self.load().expect_err("bad settings").to_string()
    }
}

fn row(settings: &Settings, name: &str) -> (String, String) {
    let mut rows = settings.table().into_iter();
    let row = rows.find(|row| row.name == name).expect("a row");
    (row.value, row.origin.to_string())
}

const EXAMPLE_KEY: &str = "HI5HL3V3L$3CR3T";
const LONG_KEY: &str = "a key of at least thirty-two bytes";

#[test]
fn without_settings_everything_has_its_default() {
    let settings = Place::empty().settings();
    let table = settings.table().into_iter();
    let table: Vec<_> = table
        .filter(|row| row.name != "server.time_zone")
        .map(|row| (row.name, row.value))
        .collect();
    let expected = [
        ("server.listen", "127.0.0.1:8080"),
        ("server.base_url", "http://127.0.0.1:8080"),
        ("server.name", "guestlist"),
        ("server.data_dir", "./data"),
        ("server.secret_key", "made once and kept in server.data_dir"),
        (
            "server.secret_key_previous",
            "secret_previous.key in server.data_dir, if it is there",
        ),
        ("server.trusted_proxies", ""),
        ("server.drain_delay", "0"),
        ("server.max_connections", "4096"),
        ("server.insecure_cookies", "false"),
        ("server.hosts", ""),
        ("server.hsts_include_subdomains", "false"),
        ("cors.origins", ""),
        ("sign_up.policy", "open on a private server, else invited"),
        (
            "compat.show_creator_email",
            "true on a private server, else false",
        ),
        ("sign_up.require_verified", "false"),
        (
            "sign_up.conceal",
            "true where mail is on and the server is not private, else false",
        ),
        ("database.url", "sqlite:./data/guestlist.sqlite"),
        ("mail.url", "off"),
        ("mail.from", ""),
        ("log.format", "text"),
        ("log.level", "info"),
        ("metrics.listen", "off"),
        ("sessions.recheck", "1"),
        ("sessions.lifetime", "2592000"),
        ("sessions.idle", "604800"),
        ("security_log.keep", "31536000"),
        ("tokens.strategy", "database"),
        ("tokens.access_database", "86400"),
        ("tokens.access_jwt", "600"),
        ("tokens.refresh_window", "10"),
        ("tokens.jwt.algorithm", "HS256"),
        ("passwords.min_length", "8"),
        ("passwords.max_length", "1024"),
        ("passwords.breached", "off"),
        (
            "passwords.schemes",
            "argon2,bcrypt,scrypt,pbkdf2,sha-crypt,firebase",
        ),
        ("passwords.cost", "m=19456,t=2,p=1"),
        ("passwords.threads", "as many as the machine has cores"),
        ("passwords.wait", "2"),
        ("limits.memory", "67108864"),
        ("limits.list_bytes", "262144"),
        ("limits.streams", "32"),
        ("limits.connections_per_client", "256"),
        ("limits.events_per_user", "2000"),
        ("limits.tokens_per_user", "100"),
        ("limits.sessions_per_user", "100"),
        ("limits.exports_per_user", "1"),
        ("limits.exports", "64"),
        ("limits.lists_waiting", "64"),
        ("limits.lookups_waiting", "4096"),
        ("limits.import_hash_seconds", "0.5"),
        ("limits.refresh_retries", "2"),
        ("limits.tries_by_account_and_network", "10/30"),
        ("limits.tries_by_account", "100/10"),
        ("limits.tries_by_account_reserve", "10/30"),
        ("limits.tries_by_device", "10/30"),
        ("limits.tries_by_network", "100/5"),
        ("limits.tries_by_wider_network", "1000/0.5"),
        ("limits.sign_ups_by_network", "200/30"),
        ("limits.sign_ups_by_wider_network", "1000/5"),
        ("limits.mails_by_address", "10/300"),
        ("limits.mails_by_network", "100/10"),
        ("limits.log_path_bytes", "200"),
        ("limits.log_refusals", "100"),
    ];
    assert_eq!(
        table,
        expected.map(|(name, value)| (name, value.to_owned()))
    );
    assert!(
        settings
            .table()
            .iter()
            .all(|row| row.origin == Origin::Default)
    );
    assert!(settings.places().is_empty());
    assert!(settings.is_loopback());
    assert_eq!(settings.lifetimes(), Lifetimes::default());
    assert_eq!(settings.limits, LimitSettings::default());
}

#[test]
fn the_default_time_zone_is_the_systems() {
    const OURS: &str = "GUESTLIST_SERVER__TIME_ZONE";
    let in_tokyo = || Place::empty().environment("TZ", "Asia/Tokyo");
    let shown = row(&in_tokyo().settings(), "server.time_zone");
    assert_eq!(shown, ("Asia/Tokyo".to_owned(), "default".to_owned()));
    let source = |place: Place| place.settings().source_of("server.time_zone");
    assert!(source(in_tokyo()).ends_with(" (from TZ)"));
    let nowhere = || Place::empty().environment("TZ", "nowhere");
    assert!(source(nowhere()).ends_with(" (the default)"));
    assert_eq!(nowhere().settings().unusable_tz(), Some("nowhere"));
    let chosen = nowhere().environment(OURS, "europe/berlin").settings();
    assert_eq!(chosen.unusable_tz(), None);
    let chosen = in_tokyo().environment(OURS, "europe/berlin").settings();
    assert_eq!(row(&chosen, "server.time_zone").0, "Europe/Berlin");
    let of_the_system = Place::empty().settings();
    assert!(!row(&of_the_system, "server.time_zone").0.is_empty());
    let refusal = Place::empty().environment(OURS, "CEST").refusal();
    for words in ["server.time_zone", OURS, "CEST", "Europe/Berlin"] {
        assert!(refusal.contains(words), "{refusal}");
    }
}

#[test]
fn the_table_shows_every_setting_in_order() {
    let names: Vec<_> = Place::empty()
        .settings()
        .table()
        .iter()
        .map(|row| row.name)
        .collect();
    let expected: Vec<_> = all().map(|setting| setting.name).collect();
    assert_eq!(names, expected);
}

#[test]
fn flags_win_over_environment_dotenv_and_file_in_this_order() {
    let flags = Flags {
        listen: Some("127.0.0.1:1".to_owned()),
        ..Flags::default()
    };
    let everywhere = |flags| {
        Place::empty()
            .flags(flags)
            .dotenv("GUESTLIST_SERVER__LISTEN=127.0.0.1:3")
            .toml("[server]\nlisten = '127.0.0.1:4'")
    };
    let variable = "GUESTLIST_SERVER__LISTEN";
    let cases = [
        (
            everywhere(flags).environment(variable, "127.0.0.1:2"),
            "127.0.0.1:1",
            "flag --listen",
        ),
        (
            everywhere(Flags::default()).environment(variable, "127.0.0.1:2"),
            "127.0.0.1:2",
            "environment variable GUESTLIST_SERVER__LISTEN",
        ),
        (
            everywhere(Flags::default()),
            "127.0.0.1:3",
            ".env line 1 (GUESTLIST_SERVER__LISTEN)",
        ),
        (
            Place::empty().toml("[server]\nlisten = '127.0.0.1:4'"),
            "127.0.0.1:4",
            "guestlist.toml: server.listen",
        ),
    ];
    for (place, value, origin) in cases {
        assert_eq!(
            row(&place.settings(), "server.listen"),
            (value.to_owned(), origin.to_owned())
        );
    }
}

#[test]
fn the_summary_names_the_places_that_were_used() {
    let place = Place::empty()
        .flags(Flags {
            data_dir: Some("elsewhere".to_owned()),
            ..Flags::default()
        })
        .environment("SECRET_KEY", LONG_KEY)
        .environment("GUESTLIST_LOG__LEVEL", "debug")
        .dotenv("GUESTLIST_LOG__LEVEL=warn\nUNRELATED=1\nDATABASE_URL=sqlite:a")
        .toml("[log]\nlevel = 'trace'\nformat = 'json'");
    assert_eq!(
        place.settings().places(),
        ["flags", "environment", ".env", "guestlist.toml"]
    );
    let overridden = Place::empty()
        .environment("GUESTLIST_LOG__LEVEL", "debug")
        .toml("[log]\nlevel = 'trace'");
    assert_eq!(overridden.settings().places(), ["environment"]);
}

#[test]
fn every_setting_is_read_from_every_place() {
    let values = [
        ("server.listen", "'0.0.0.0:9000'", "0.0.0.0:9000"),
        (
            "server.base_url",
            "'https://example.org'",
            "https://example.org",
        ),
        ("server.name", "\"Ada's Parties\"", "Ada's Parties"),
        (
            "server.data_dir",
            "'/var/lib/guestlist'",
            "/var/lib/guestlist",
        ),
        (
            "server.trusted_proxies",
            "['10.0.0.0/8', '::1']",
            "10.0.0.0/8,::1/128",
        ),
        ("server.drain_delay", "7", "7"),
        ("server.max_connections", "10", "10"),
        ("server.insecure_cookies", "true", "true"),
        (
            "server.hosts",
            "['Events.example.org', '192.0.2.7', '::1']",
            "events.example.org,192.0.2.7,[::1]",
        ),
        ("server.hsts_include_subdomains", "true", "true"),
        ("compat.show_creator_email", "true", "true"),
        (
            "cors.origins",
            "['https://App.example.org:443', 'http://localhost:3000']",
            "https://app.example.org,http://localhost:3000",
        ),
        ("sign_up.require_verified", "true", "true"),
        ("sign_up.conceal", "true", "true"),
        ("database.url", "'sqlite:a.db'", "sqlite:a.db"),
        ("log.format", "'json'", "json"),
        (
            "log.level",
            "'info,guestlist=debug'",
            "info,guestlist=debug",
        ),
        ("metrics.listen", "'127.0.0.1:9090'", "127.0.0.1:9090"),
        ("sessions.recheck", "0.25", "0.25"),
        ("sessions.lifetime", "60", "60"),
        ("sessions.idle", "3600", "3600"),
        ("security_log.keep", "86400", "86400"),
        ("tokens.strategy", "'jwt'", "jwt"),
        ("tokens.access_database", "3600", "3600"),
        ("tokens.access_jwt", "1", "1"),
        ("tokens.refresh_window", "0", "0"),
        ("tokens.jwt.algorithm", "'EdDSA'", "EdDSA"),
        ("passwords.min_length", "15", "15"),
        ("passwords.max_length", "64", "64"),
        (
            "passwords.breached",
            "'./breached.filter'",
            "./breached.filter",
        ),
        ("passwords.schemes", "['pbkdf2', 'argon2']", "pbkdf2,argon2"),
        ("passwords.cost", "'m=47104,t=1,p=1'", "m=47104,t=1,p=1"),
        ("passwords.threads", "3", "3"),
        ("passwords.wait", "0.5", "0.5"),
        ("limits.memory", "1048576", "1048576"),
        ("limits.list_bytes", "16384", "16384"),
        ("limits.streams", "1", "1"),
        ("limits.connections_per_client", "1", "1"),
        ("limits.events_per_user", "1", "1"),
        ("limits.tokens_per_user", "1", "1"),
        ("limits.sessions_per_user", "1", "1"),
        ("limits.exports_per_user", "1", "1"),
        ("limits.exports", "1", "1"),
        ("limits.lists_waiting", "1", "1"),
        ("limits.lookups_waiting", "1", "1"),
        ("limits.import_hash_seconds", "0.75", "0.75"),
        ("limits.refresh_retries", "0", "0"),
        ("limits.tries_by_account_and_network", "'3/0.25'", "3/0.25"),
        ("limits.tries_by_account", "'3/0.25'", "3/0.25"),
        ("limits.tries_by_account_reserve", "'3/0.25'", "3/0.25"),
        ("limits.tries_by_device", "'3/0.25'", "3/0.25"),
        ("limits.tries_by_network", "'3/0.25'", "3/0.25"),
        ("limits.tries_by_wider_network", "'3/0.25'", "3/0.25"),
        ("limits.sign_ups_by_network", "'3/0.25'", "3/0.25"),
        ("limits.sign_ups_by_wider_network", "'3/0.25'", "3/0.25"),
        ("limits.log_path_bytes", "32", "32"),
        ("limits.log_refusals", "1", "1"),
    ];
    for (name, in_toml, value) in values {
        let (section, key) = name.rsplit_once('.').expect("a section");
        let variable = format!("GUESTLIST_{}", name.replace('.', "__").to_uppercase());
        let places = [
            Place::empty().toml(&format!("[{section}]\n{key} = {in_toml}")),
            Place::empty().dotenv(&format!("{variable}={value}")),
            Place::empty().environment(&variable, value),
        ];
        // Two of them need mail.
        let with_mail = |place: Place| match section {
            "sign_up" => place
                .environment("GUESTLIST_MAIL__URL", "file:mails")
                .environment("GUESTLIST_MAIL__FROM", "events@example.org"),
            _ => place,
        };
        for place in places.map(with_mail) {
            assert_eq!(row(&place.settings(), name).0, value);
        }
    }
    // The secret is not in the table, and numbers may be whole.
    let whole = Place::empty().toml("[sessions]\nrecheck = 0").settings();
    assert_eq!(whole.recheck, Duration::ZERO);
    let none = Place::empty()
        .toml("[tokens]\nrefresh_window = 0")
        .settings();
    assert_eq!(none.lifetimes().refresh_window, Duration::ZERO);
    let empty = Place::empty()
        .toml("[metrics]\nlisten = 'off'\n[server]\ntrusted_proxies = []")
        .settings();
    assert_eq!(
        (empty.metrics_listen, empty.trusted_proxies.len()),
        (None, 0)
    );
}

#[test]
fn sections_may_be_nested() {
    for file in [
        "[tokens]\nstrategy = 'jwt'\n[tokens.jwt]\nalgorithm = 'ES256'",
        "tokens = { strategy = 'jwt', jwt = { algorithm = 'ES256' } }",
        "[tokens]\njwt.algorithm = 'ES256'\nstrategy = 'jwt'",
    ] {
        let settings = Place::empty().toml(file).settings();
        assert_eq!(settings.algorithm, Algorithm::Es256);
        assert_eq!(settings.strategy, Strategy::Jwt);
        let origin = row(&settings, "tokens.jwt.algorithm").1;
        assert_eq!(origin, "guestlist.toml: tokens.jwt.algorithm");
    }
}

#[test]
fn the_first_scheme_makes_hashes_at_the_default_or_configured_cost() {
    for (schemes, usual, chosen) in [
        ("argon2id, bcrypt", "m=19456,t=2,p=1", "m=12288,t=3,p=1"),
        ("bcrypt", "12", "14"),
        ("scrypt,firebase", "ln=17,r=8,p=1", "ln=16,r=8,p=2"),
        ("pbkdf2-sha256,sha-crypt", "600000", "1000000"),
    ] {
        let place = || Place::empty().environment("GUESTLIST_PASSWORDS__SCHEMES", schemes);
        assert_eq!(row(&place().settings(), "passwords.cost").0, usual);
        let settings = place()
            .environment("GUESTLIST_PASSWORDS__COST", chosen)
            .settings();
        assert_eq!(row(&settings, "passwords.cost").0, chosen);
        assert_eq!(settings.cost.scheme(), settings.schemes[0]);
    }
}

#[test]
fn the_default_database_is_in_the_data_folder() {
    let flags = Flags {
        data_dir: Some("/srv/party".to_owned()),
        ..Flags::default()
    };
    let settings = Place::empty().flags(flags).settings();
    assert_eq!(
        settings.database_url.expose(),
        "sqlite:/srv/party/guestlist.sqlite"
    );
    assert_eq!(row(&settings, "server.data_dir").1, "flag --data-dir");
}

#[test]
fn the_default_base_url_follows_the_listener() {
    let open = Place::empty()
        .environment("GUESTLIST_SERVER__LISTEN", "[::]:0")
        .settings();
    let bound = open.listening_on("[::]:4711".parse().expect("an address"));
    assert_eq!(
        (bound.base_url.as_str(), bound.listen.port()),
        ("http://localhost:4711", 4711)
    );
    let chosen = Place::empty()
        .environment("GUESTLIST_SERVER__BASE_URL", "https://example.org/")
        .settings();
    let bound = chosen.listening_on("127.0.0.1:4711".parse().expect("an address"));
    assert_eq!(bound.base_url, "https://example.org");
}

#[test]
fn a_server_is_private_on_loopback_only() {
    let private = |base: &str, listen: &str, proxies: &str| {
        let place = Place::empty()
            .environment("GUESTLIST_SERVER__LISTEN", listen)
            .environment("GUESTLIST_SERVER__TRUSTED_PROXIES", proxies);
        let place = match base {
            "" => place,
            base => place.environment("GUESTLIST_SERVER__BASE_URL", base),
        };
        place.settings().is_private()
    };
    assert!(Place::empty().settings().is_private());
    let public = Place::empty().environment("GUESTLIST_SERVER__LISTEN", "0.0.0.0:80");
    assert_eq!(public.settings().public_by(), ["server.listen"]);
    for (base, listen, proxies) in [
        ("", "127.0.0.1:8080", ""),
        ("", "127.0.0.7:8080", ""),
        ("", "[::1]:8080", ""),
        ("http://localhost:8080", "127.0.0.1:8080", ""),
        ("http://guests.localhost", "127.0.0.1:8080", ""),
        ("http://[::1]:8080", "127.0.0.1:8080", ""),
    ] {
        assert!(private(base, listen, proxies), "{base} {listen} {proxies}");
    }
    for (base, listen, proxies) in [
        // The base URL is http://localhost:8080, but other machines can connect.
        ("", "0.0.0.0:8080", ""),
        ("", "[::]:8080", ""),
        ("", "192.0.2.1:8080", ""),
        ("http://localhost:8080", "0.0.0.0:8080", ""),
        ("https://events.example.org", "127.0.0.1:8080", ""),
        ("http://localhost.example.org", "127.0.0.1:8080", ""),
        ("", "127.0.0.1:8080", "127.0.0.1"),
    ] {
        assert!(!private(base, listen, proxies), "{base} {listen} {proxies}");
    }
}

#[test]
fn creators_are_shown_by_address_on_a_private_server_or_by_the_setting() {
    let variable = "GUESTLIST_COMPAT__SHOW_CREATOR_EMAIL";
    let public = || Place::empty().environment("GUESTLIST_SERVER__LISTEN", "0.0.0.0:8080");
    assert!(Place::empty().settings().shows_creator_email());
    assert!(!public().settings().shows_creator_email());
    let shown = public().environment(variable, "true");
    assert!(shown.settings().shows_creator_email());
    let hidden = Place::empty().environment(variable, "false");
    assert!(!hidden.settings().shows_creator_email());
}
