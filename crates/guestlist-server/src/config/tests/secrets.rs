//! Keys and passwords are used as they were written, and never shown.

use super::*;

#[test]
fn a_dollar_in_a_key_is_never_expanded() {
    let places = [
        Place::empty().dotenv(&format!("SECRET_KEY={EXAMPLE_KEY}\n")),
        Place::empty().dotenv(&format!("SECRET_KEY=\"{EXAMPLE_KEY}\"\r\n")),
        Place::empty().dotenv(&format!("GUESTLIST_SERVER__SECRET_KEY='{EXAMPLE_KEY}'")),
        Place::empty().environment("SECRET_KEY", EXAMPLE_KEY),
        Place::empty().environment("GUESTLIST_SERVER__SECRET_KEY", EXAMPLE_KEY),
        Place::empty().toml(&format!("[server]\nsecret_key = \"{EXAMPLE_KEY}\"")),
    ];
    for place in places {
        let settings = place.settings();
        let key = settings.secret_key.as_ref().map(Secret::expose);
        assert_eq!(key.map(str::as_bytes), Some(EXAMPLE_KEY.as_bytes()));
        assert!(settings.has_short_secret());
        assert_eq!(row(&settings, "server.secret_key").0, MASK);
        assert!(!format!("{settings:?}").contains(EXAMPLE_KEY));
    }
}

#[test]
fn a_short_key_is_refused_unless_the_server_is_private() {
    for (variable, value, setting) in [
        (
            "GUESTLIST_SERVER__BASE_URL",
            "https://events.example.org",
            "server.base_url",
        ),
        (
            "GUESTLIST_SERVER__TRUSTED_PROXIES",
            "127.0.0.1",
            "server.trusted_proxies",
        ),
    ] {
        let place = Place::empty().environment("SECRET_KEY", EXAMPLE_KEY);
        let refusal = place.environment(variable, value).refusal();
        assert!(
            refusal.contains("32 bytes") && refusal.contains(setting),
            "{refusal}"
        );
    }

    let off_loopback = |key| {
        Place::empty()
            .environment("SECRET_KEY", key)
            .dotenv("GUESTLIST_SERVER__LISTEN=0.0.0.0:80")
    };
    let refusal = off_loopback(EXAMPLE_KEY).refusal();
    assert!(
        refusal.contains("environment variable SECRET_KEY") && refusal.contains("32 bytes"),
        "{refusal}"
    );
    assert!(!refusal.contains(EXAMPLE_KEY));
    assert!(!off_loopback(LONG_KEY).settings().has_short_secret());
    assert!(!Place::empty().settings().has_short_secret());
}

/// An attacker who guesses it can also sign tokens for all users.
#[test]
fn a_short_previous_key_is_refused_unless_the_server_is_private() {
    let with = |listen| {
        Place::empty()
            .environment("SECRET_KEY", LONG_KEY)
            .environment("SECRET_KEY_PREVIOUS", EXAMPLE_KEY)
            .environment("GUESTLIST_SERVER__LISTEN", listen)
    };
    let refusal = with("0.0.0.0:80").refusal();
    assert!(
        refusal.contains("`server.secret_key_previous`")
            && refusal.contains("variable SECRET_KEY_PREVIOUS"),
        "{refusal}"
    );
    assert!(!refusal.contains(EXAMPLE_KEY));
    let settings = with("127.0.0.1:80").settings();
    let previous = settings.secret_key_previous.as_ref().map(Secret::expose);
    assert_eq!(previous, Some(EXAMPLE_KEY));
    assert_eq!(row(&settings, "server.secret_key_previous").0, MASK);
    assert!(!format!("{settings:?}").contains(EXAMPLE_KEY));
}

#[test]
fn a_mongodb_url_works_and_its_password_is_hidden() {
    for place in [
        Place::empty().environment("DATABASE_URL", "mongodb://ada:pw@localhost:27017/planner"),
        Place::empty().dotenv("DATABASE_URL=mongodb://ada:pw@localhost:27017/planner"),
    ] {
        let settings = place.settings();
        assert_eq!(
            settings.database_url.expose(),
            "mongodb://ada:pw@localhost:27017/planner"
        );
        assert_eq!(
            row(&settings, "database.url").0,
            "mongodb://ada:********@localhost:27017/planner"
        );
        assert!(!format!("{settings:?}").contains("pw@"));
    }
    let flags = Flags {
        database_url: Some("sqlite:b".to_owned()),
        ..Flags::default()
    };
    let settings = Place::empty()
        .flags(flags)
        .environment("DATABASE_URL", "sqlite:a")
        .settings();
    assert_eq!(settings.database_url.expose(), "sqlite:b");
}

#[test]
fn both_names_of_a_setting_may_agree_but_not_differ() {
    let both = |one: &str, other: &str| {
        Place::empty()
            .environment("SECRET_KEY", one)
            .environment("GUESTLIST_SERVER__SECRET_KEY", other)
    };
    assert!(both(LONG_KEY, LONG_KEY).load().is_ok());
    let refusal = both("exemplary", "testpassword").refusal();
    assert!(
        refusal.contains("variable SECRET_KEY and")
            && refusal.contains("GUESTLIST_SERVER__SECRET_KEY;"),
        "{refusal}"
    );
    assert!(!refusal.contains("exemplary") && !refusal.contains("testpassword"));
    let refusal = Place::empty()
        .dotenv("SECRET_KEY=exemplary\nSECRET_KEY=testpassword")
        .refusal();
    assert!(
        refusal.contains(".env line 1") && refusal.contains(".env line 2"),
        "{refusal}"
    );
    // In two places they do not conflict: one has priority.
    let apart = Place::empty()
        .environment("SECRET_KEY", LONG_KEY)
        .dotenv("GUESTLIST_SERVER__SECRET_KEY=exemplary");
    assert_eq!(
        apart.settings().secret_key.as_ref().map(Secret::expose),
        Some(LONG_KEY)
    );
}

#[test]
fn an_empty_key_is_refused() {
    for place in [
        Place::empty().environment("SECRET_KEY", ""),
        Place::empty().environment("GUESTLIST_SERVER__SECRET_KEY", ""),
        Place::empty().dotenv("SECRET_KEY="),
        Place::empty().toml("[server]\nsecret_key = ''"),
    ] {
        let refusal = place.refusal();
        assert!(
            refusal.contains("server.secret_key") && refusal.contains("is empty"),
            "{refusal}"
        );
    }
}

#[test]
fn no_error_quotes_a_secret() {
    let places = [
        Place::empty().toml("[server]\nsecret_key = \"exemplary\n"),
        Place::empty().toml("[server]\nsecret_key = exemplary"),
        Place::empty().toml("[server]\nsecret_key = ['exemplary']"),
        Place::empty().dotenv("SECRET_KEY exemplary"),
        Place::empty().dotenv("SECRET_KEY='exemplary"),
        Place::empty().environment("DATABASE_URL", "postgres://ada:exemplary\n@db/planner"),
        Place::empty().environment(
            "GUESTLIST_SERVER__BASE_URL",
            "https://ada:exemplary@example.org",
        ),
    ];
    let shell_syntax = [
        ("SERVER__BASE_URL", "\"https://ada:exemplary@example.org\""),
        ("SERVER__BASE_URL", "'https://ada:exemplary@example.org'"),
        ("SERVER__BASE_URL", "\"https://ada:exemplary@example.org"),
        ("SERVER__BASE_URL", "~https://ada:exemplary@example.org"),
        ("SERVER__BASE_URL", "https://ada:exemplary$@example.org"),
        (
            "SERVER__BASE_URL",
            "${BASE_URL:-https://ada:exemplary@example.org}",
        ),
        ("SERVER__DATA_DIR", "\"ada:exemplary@example.org/x"),
        ("SERVER__DATA_DIR", "~ada:exemplary@example.org/x"),
        ("SERVER__NAME", "'ada:exemplary@example.org'"),
        ("DATABASE__URL", "'postgres://ada:exemplary@db/planner'"),
        ("DATABASE__URL", "postgres://ada:${exemplary}@db/planner"),
        ("DATABASE__URL", "sqlite:'ada:exemplary@db'"),
        ("DATABASE__URL", "sqlite:~ada:exemplary@db/planner"),
    ];
    let shell_syntax = shell_syntax
        .map(|(name, value)| Place::empty().environment(&format!("GUESTLIST_{name}"), value));
    for place in places.into_iter().chain(shell_syntax) {
        let refusal = place.load().expect_err("bad settings");
        assert!(!refusal.to_string().contains("exemplary"), "{refusal}");
        assert!(!format!("{refusal:?}").contains("exemplary"), "{refusal:?}");
    }
}
