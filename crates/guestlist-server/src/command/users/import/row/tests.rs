use guestlist::{
    PasswordCost, Scheme, SecretKey,
    testing::{MemoryStore, guestlist},
};
use proptest::prelude::*;

use super::*;

/// 2026-11-21.
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

fn row<const N: usize>(words: [(Column, &str); N]) -> Result<ImportedUser, RowError> {
    let mut row = Words::default();
    row.say(Column::Email, "ada@example.com");
    for (column, words) in words {
        row.say(column, words);
    }
    row.read(NOW, &guestlist()).map_err(|mut mistakes| {
        assert_eq!(mistakes.0.len(), 1, "{mistakes}");
        mistakes.0.remove(0)
    })
}

#[test]
fn all_mistakes_of_a_row_are_reported_at_once() {
    let mut row = Words::default();
    row.say(Column::Email, "nobody");
    row.say(Column::PasswordHash, "secret-hash");
    row.say(Column::CreatedAt, "soon");
    row.say(Column::Disabled, "maybe");
    let said = row.read(NOW, &guestlist()).expect_err("is refused");
    let said = said.to_string();
    for part in [
        "email: ",
        "; password_hash: unknown format; ",
        "; created_at: use an instant",
        "; disabled: use true or false",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn empty_fields_are_not_set() {
    let blank = Column::ALL.map(|column| (column, " "));
    for row in [
        row([]),
        row(blank.map(|(column, blank)| match column {
            Column::Email => (column, " Ada@example.com "),
            _ => (column, blank),
        })),
    ] {
        let row = row.expect("is a user");
        assert_eq!(row.email.key(), "ada@example.com");
        assert_eq!((row.created_at, row.at), (NOW, NOW));
        assert!(row.password_hash.is_none() && row.name.is_none());
        assert_eq!((row.verified, row.disabled), (None, None));
    }
}

#[test]
fn an_address_as_a_name_is_ignored_and_a_misleading_name_is_refused() {
    let named = |text| row([(Column::Name, text)]).map(|row| row.name);
    let name = named("Ada Lovelace").expect("is a user");
    assert_eq!(
        name.map(|name| name.to_string()).as_deref(),
        Some("Ada Lovelace")
    );
    assert_eq!(named("ada@example.com").expect("is a user"), None);
    assert!(matches!(named("Ada\u{202e}"), Err(RowError::Name(_))));
    let email = row([(Column::Email, "\u{212a}@example.com")]);
    assert!(matches!(email, Err(RowError::Email(_))));
}

#[test]
fn an_instant_is_read_in_all_forms_that_databases_write() {
    let at = |text| row([(Column::CreatedAt, text)]).map(|row| row.created_at.to_string());
    for (text, expected) in [
        ("2024-02-29T12:34:56Z", "2024-02-29T12:34:56Z"),
        ("2024-02-29t12:34:56z", "2024-02-29T12:34:56Z"),
        (
            "2024-02-29T12:34:56.123456+02:00",
            "2024-02-29T10:34:56.123Z",
        ),
        ("2024-02-29 12:34:56", "2024-02-29T12:34:56Z"),
        ("2024-02-29 12:34:56.5", "2024-02-29T12:34:56.5Z"),
        ("2024-02-29T12:34:56", "2024-02-29T12:34:56Z"),
        ("2024-02-29 12:34:56.789+00", "2024-02-29T12:34:56.789Z"),
        ("2024-02-29 12:34:56+0530", "2024-02-29T07:04:56Z"),
        ("1709210096", "2024-02-29T12:34:56Z"),
        ("1709210096789", "2024-02-29T12:34:56.789Z"),
        ("0", "1970-01-01T00:00:00Z"),
        ("99999999999", "future"),
        ("1969-12-31 23:59:59", "1969-12-31T23:59:59Z"),
        ("2026-11-21T23:00:00Z", "2026-11-21T23:00:00Z"),
        ("2026-11-23T00:00:00Z", "future"),
        ("2024-02-30 12:34:56", "none"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("2024-02-29 12:34:56 UTC", "2024-02-29T12:34:56Z"),
        ("2024-02-29 12:34:56.789 UTC", "2024-02-29T12:34:56.789Z"),
        ("2024-02-29T12:34:56 GMT", "2024-02-29T12:34:56Z"),
        ("2024-02-29 12:34:56 +0000", "2024-02-29T12:34:56Z"),
        ("2024-02-29 12:34:56 -0530", "2024-02-29T18:04:56Z"),
        ("1709210096.789", "2024-02-29T12:34:56.789Z"),
        ("1709210096.7891234", "2024-02-29T12:34:56.789Z"),
        ("2024-02-30", "none"),
        ("0000-00-00 00:00:00", "none"),
        ("2024-02-29 12:34:56 UTC+2", "none"),
        ("2024-02-29 12:34:56 Europe/Paris", "none"),
        ("2024-02-29T12:34:56[Europe/Paris]", "none"),
        ("29.02.2024 12:34", "none"),
        ("1709210096.5", "2024-02-29T12:34:56.5Z"),
        ("1709210096.", "none"),
        ("99999999999999.5", "none"),
        ("9223372036854775807", "none"),
        ("-9223372036854775808", "none"),
        ("yesterday", "none"),
    ] {
        let found = match at(text) {
            Ok(instant) => instant,
            Err(RowError::Future) => "future".to_owned(),
            Err(RowError::CreatedAt) => "none".to_owned(),
            Err(other) => panic!("{text}: {other}"),
        };
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn null_values_of_databases_are_not_set() {
    for null in ["\\N", "NULL", "null"] {
        let row = row([
            (Column::PasswordHash, null),
            (Column::CreatedAt, null),
            (Column::Disabled, null),
        ]);
        let row = row.expect(null);
        assert!(
            row.password_hash.is_none() && row.disabled.is_none(),
            "{null}"
        );
        assert_eq!(row.created_at, NOW, "{null}");
    }
    let called = |name| row([(Column::Name, name)]).expect(name).name;
    let called = |name| called(name).map(|name| name.to_string());
    assert_eq!(called("Null").as_deref(), Some("Null"));
    assert_eq!(called("\\N"), None);
}

#[test]
fn the_name_of_an_encoder_is_removed_from_a_hash() {
    let bcrypt = "$2a$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
    for prefix in ["{bcrypt}", "{BCRYPT}", "{CRYPT}"] {
        let read = row([(Column::PasswordHash, &format!("{prefix}{bcrypt}"))]);
        let kept = read.expect(prefix).password_hash.expect("has one");
        assert_eq!(kept.as_stored(), bcrypt);
    }
    for other in ["{noop}exemplary", "{SSHA}c2FsdA==", "{bcrypt}", "{bcrypt"] {
        let refused = row([(Column::PasswordHash, other)]);
        assert!(matches!(refused, Err(RowError::PasswordHash(_))), "{other}");
    }
}

#[test]
fn booleans_are_read_in_any_case() {
    for (text, expected) in [
        ("true", Some(true)),
        ("T", Some(true)),
        ("1", Some(true)),
        ("YES", Some(true)),
        ("False", Some(false)),
        ("f", Some(false)),
        ("0", Some(false)),
        ("no", Some(false)),
    ] {
        let row = row([(Column::EmailVerified, text), (Column::Disabled, text)]);
        let row = row.expect(text);
        assert_eq!((row.verified, row.disabled), (expected, expected), "{text}");
    }
    for text in ["2", "on", "ja", "nil", "tru"] {
        let row = row([(Column::Disabled, text)]);
        assert!(matches!(row, Err(RowError::Truth("disabled"))), "{text}");
    }
}

#[test]
fn a_hash_that_begins_with_an_exclamation_mark_means_no_password() {
    let hash = |text| row([(Column::PasswordHash, text)]).map(|row| row.password_hash);
    for none in ["", "!", "!abcDEF"] {
        assert!(hash(none).expect(none).is_none(), "{none}");
    }
    let bcrypt = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
    let kept = hash(bcrypt).expect("is read").expect("is one");
    assert_eq!(kept.as_stored(), bcrypt);
    for unreadable in ["exemplary", "$2b$99$x", "$2b$\0"] {
        let refused = hash(unreadable);
        assert!(
            matches!(refused, Err(RowError::PasswordHash(_))),
            "{unreadable}"
        );
    }
}

#[test]
fn a_hash_of_an_unlisted_scheme_is_refused() {
    let secret = SecretKey::new("0123456789abcdef0123456789abcdef").expect("is a key");
    let guestlist_with_pbkdf2 = Guestlist::builder(MemoryStore::new(), secret)
        .password_cost(PasswordCost::for_tests())
        .password_schemes([Scheme::Pbkdf2])
        .build();
    let guestlist_with_pbkdf2 = guestlist_with_pbkdf2.expect("builds");
    let listed = format!("$pbkdf2-sha256$1000$c2FsdHNhbHQ${}", "A".repeat(43));
    let unlisted = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
    let mut row = Words::default();
    row.say(Column::Email, "ada@example.com");
    for (hash, is_taken) in [(&*listed, true), (unlisted, false), ("!", true), ("", true)] {
        row.say(Column::PasswordHash, hash);
        assert!(row.read(NOW, &guestlist()).is_ok(), "{hash}");
        assert_eq!(
            row.read(NOW, &guestlist_with_pbkdf2).is_ok(),
            is_taken,
            "{hash}"
        );
    }
    row.say(Column::PasswordHash, unlisted);
    let reason = row
        .read(NOW, &guestlist_with_pbkdf2)
        .expect_err("is refused")
        .to_string();
    assert_eq!(
        reason,
        "password_hash: is of the scheme bcrypt, which the settings do not list"
    );
}

#[test]
fn an_error_names_the_column_and_never_repeats_the_value() {
    for (column, text) in [
        (Column::Email, "ada\0@example.com"),
        (Column::Email, ""),
        (Column::Name, "Ada\u{1b}[31m"),
        (Column::Id, "0190-xyz"),
        (Column::PasswordHash, "secret-hash"),
        (Column::CreatedAt, "soon"),
        (Column::Disabled, "maybe"),
    ] {
        let reason = row([(column, text)]).expect_err(text).to_string();
        assert!(
            reason.starts_with(&format!("{}: ", column.name())),
            "{reason}"
        );
        assert!(text.is_empty() || !reason.contains(text), "{reason}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(words in prop::array::uniform7("\\PC{0,24}|[0-9 .:TZ+-]{0,30}")) {
        let guestlist = guestlist();
        let mut row = Words::default();
        for (column, words) in Column::ALL.into_iter().zip(&words) {
            row.say(column, words);
        }
        let _ = row.read(NOW, &guestlist);
        row.say(Column::Email, "ada@example.com");
        let _ = row.read(NOW, &guestlist);
    }
}
