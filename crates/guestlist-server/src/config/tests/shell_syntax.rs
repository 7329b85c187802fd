//! Quotes, variables and `~` are refused wherever they can only be a mistake.

use super::*;

fn refusal(setting: &About, value: &str) -> String {
    let place = Place::empty().environment(&setting.variable(), value);
    let refusal = place.refusal();
    let beginning = format!("setting `{}`, read from", setting.name);
    assert!(refusal.starts_with(&beginning), "{refusal}");
    refusal
}

#[test]
fn quotes_around_a_value_are_refused_in_every_setting() {
    for setting in all().filter(|setting| !setting.secret) {
        for value in ["\"x\"", "'x'"] {
            let refusal = refusal(setting, value);
            let expected =
                ", has quotes around it (x); remove the quotes: they belong to the value here";
            assert!(refusal.ends_with(expected), "{refusal}");
        }
    }
}

#[test]
fn a_variable_is_refused_in_every_setting() {
    for setting in all().filter(|setting| !setting.secret) {
        for variable in ["$HOME", "${HOME}"] {
            let refusal = refusal(setting, variable);
            let expected = format!(
                ", contains {variable}, which is not replaced by a variable here; write the value itself"
            );
            assert!(refusal.ends_with(&expected), "{refusal}");
        }
    }
}

#[test]
fn a_path_of_a_shell_is_refused_in_every_place() {
    for (name, key, value, found) in [
        ("server.data_dir", "data_dir", "~/x", "~ is not expanded"),
        ("server.data_dir", "data_dir", "$HOME/x", "contains $HOME,"),
        ("passwords.breached", "breached", "~/x", "~ is not expanded"),
        (
            "passwords.breached",
            "breached",
            "/srv/${X}",
            "contains ${X},",
        ),
        (
            "server.data_dir",
            "data_dir",
            "$(pwd)/d",
            "contains $(pwd),",
        ),
        ("server.data_dir", "data_dir", "`pwd`/d", "contains `pwd`,"),
        ("server.data_dir", "data_dir", "$1", "contains $1,"),
        ("server.data_dir", "data_dir", "/srv/$1/x", "contains $1,"),
        (
            "passwords.breached",
            "breached",
            "%APPDATA%/x",
            "contains %APPDATA%,",
        ),
        (
            "server.data_dir",
            "data_dir",
            " x",
            "begins or ends with a space",
        ),
        (
            "passwords.breached",
            "breached",
            "x ",
            "begins or ends with a space",
        ),
        (
            "server.name",
            "name",
            "$(hostname)",
            "contains $(hostname),",
        ),
        (
            "server.base_url",
            "base_url",
            "http://$(hostname)",
            "contains $(hostname),",
        ),
        (
            "database.url",
            "url",
            "sqlite:$(pwd)/x.db",
            "contains $(pwd),",
        ),
        (
            "database.url",
            "url",
            "sqlite:%APPDATA%/x.db",
            "contains %APPDATA%",
        ),
        (
            "server.secret_key",
            "secret_key",
            "$A_SECRET_OF_THIRTY_TWO_BYTES_or_more_1",
            "contains only ${…}, which is not replaced",
        ),
        ("database.url", "url", "sqlite:~/x.db", "~ is not expanded"),
        (
            "database.url",
            "url",
            "sqlite:$HOME/x.db",
            "contains $HOME,",
        ),
        (
            "database.url",
            "url",
            "sqlite:~ada/x.db",
            "; write the whole path, such as sqlite:/home/ada/x.db",
        ),
        (
            "database.url",
            "url",
            "sqlite:'x.db'",
            "has quotes around it (x.db)",
        ),
        (
            "server.secret_key",
            "secret_key",
            "${A_SECRET_OF_THIRTY_TWO_BYTES_OR_MORE}",
            "contains only ${…}, which is not replaced",
        ),
        ("mail.url", "url", "file:~/mails", "~ is not expanded"),
        (
            "mail.url",
            "url",
            "file:~/mails",
            "; write the whole path, such as file:/home/NAME/mails",
        ),
        ("mail.url", "url", "file:$HOME/mails", "contains $HOME,"),
        ("mail.url", "url", "file:$(pwd)/mails", "contains $(pwd),"),
        (
            "mail.url",
            "url",
            "file:'mails'",
            "has quotes around it (mails)",
        ),
        (
            "mail.url",
            "url",
            "'smtp://ada:A_SECRET@mail'",
            "has quotes around it (smtp://ada:********@mail)",
        ),
        ("mail.url", "url", "'file:mails'", "(file:mails)"),
        (
            "mail.url",
            "url",
            "smtp://ada:${A_PASSWORD}@mail",
            "contains ${A_PASSWORD}, which is not replaced",
        ),
        (
            "mail.url",
            "url",
            "smtp://ada:A_SECRET@$MAIL_HOST:587",
            "contains $MAIL_HOST,",
        ),
        ("server.name", "name", "'Ada'", "has quotes around it (Ada)"),
        (
            "server.time_zone",
            "time_zone",
            ":Europe/Berlin",
            "; write Europe/Berlin",
        ),
    ] {
        let setting = table::of_name(name).expect(name);
        let (section, _) = setting.section_and_key();
        for place in [
            Place::empty().environment(&setting.variable(), value),
            Place::empty().dotenv(&format!("{}=\"{value}\"", setting.variable())),
            Place::empty().toml(&format!("[{section}]\n{key} = \"{value}\"")),
        ] {
            let refusal = place.refusal();
            assert!(
                refusal.contains(name) && refusal.contains(found),
                "{refusal}"
            );
            assert!(!refusal.contains("A_SECRET"), "{refusal}");
        }
    }
    let flags = Flags {
        data_dir: Some("~/x".to_owned()),
        ..Flags::default()
    };
    let refusal = Place::empty().flags(flags).refusal();
    assert_eq!(
        refusal,
        "setting `server.data_dir`, read from flag --data-dir, is \"~/x\", but ~ is not expanded; write the whole \
         path, such as /home/NAME/x"
    );
}

/// A secret is taken as it is, and a name may have a dollar or a quote.
#[test]
fn values_that_may_be_meant_so_are_accepted() {
    let secret = "\"${HOME} and thirty-two bytes or more\"";
    let settings = Place::empty().environment("SECRET_KEY", secret).settings();
    let read = settings.secret_key.as_ref().map(Secret::expose);
    assert_eq!(read, Some(secret));
    for name in [
        "A$AP's Parties",
        "'Tis the season",
        "\"Ada\" and \"Bob\"",
        "~Ada~",
    ] {
        let place = Place::empty().environment("GUESTLIST_SERVER__NAME", name);
        assert_eq!(place.settings().name, name);
    }
    for path in ["100%", "a%b%c", "$", "a$1", "it`s", "price$5x"] {
        let place = Place::empty().environment("GUESTLIST_SERVER__DATA_DIR", path);
        assert_eq!(place.settings().data_dir, Path::new(path));
    }
    for secret in [
        "$5 and thirty-two bytes or more of it",
        "$1234567890123456789012345678901234567890",
    ] {
        let place = Place::empty().environment("SECRET_KEY", secret);
        assert!(place.load().is_ok(), "{secret}");
    }
    let url = "smtp://ada:$HOME@mail.example.org";
    let place = Place::empty()
        .environment("GUESTLIST_MAIL__URL", url)
        .environment("GUESTLIST_MAIL__FROM", "events@example.org");
    let read = place.settings().mail_url;
    assert!(matches!(read, MailUrl::Server(read) if read == url));
    let url = "postgres://ada:$HOME@db/planner";
    let place = Place::empty().environment("DATABASE_URL", url);
    assert_eq!(place.settings().database_url.expose(), url);
}
