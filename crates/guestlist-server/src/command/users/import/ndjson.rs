//! Rows of NDJSON: one object a line.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

use super::row::{Column, RowError, Words};

/// All members. None is required here.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object that is a user")]
struct Members {
    #[serde(alias = "ID", alias = "Id")]
    id: Option<String>,
    #[serde(alias = "Email", alias = "EMAIL")]
    email: Option<String>,
    #[serde(alias = "passwordHash", alias = "PasswordHash")]
    password_hash: Option<String>,
    #[serde(alias = "Name")]
    name: Option<String>,
    #[serde(alias = "createdAt", alias = "CreatedAt")]
    created_at: Scalar,
    #[serde(alias = "emailVerified", alias = "EmailVerified")]
    email_verified: Scalar,
    #[serde(alias = "Disabled")]
    disabled: Scalar,
}

/// A string, or a number or boolean as the text that CSV has for it; empty for null.
#[derive(Default)]
struct Scalar(String);

/// Parses a line.
pub(super) fn row(line: &[u8]) -> Result<Words<'static>, RowError> {
    let line = str::from_utf8(line).map_err(|_| RowError::Utf8)?;
    let members: Members =
        serde_json::from_str(line).map_err(|error| RowError::Json(reason(&error)))?;
    let mut words = Words::default();
    for (column, said) in [
        (Column::Id, members.id),
        (Column::Email, members.email),
        (Column::PasswordHash, members.password_hash),
        (Column::Name, members.name),
        (Column::CreatedAt, Some(members.created_at.0)),
        (Column::EmailVerified, Some(members.email_verified.0)),
        (Column::Disabled, Some(members.disabled.0)),
    ] {
        words.say(column, said.unwrap_or_default());
    }
    Ok(words)
}

/// Returns the error without its line number, which is always 1. It may contain the name of any
/// member, so it is escaped for the terminal.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(what, _)| what);
    let what: String = what.chars().map(shown).collect();
    format!("{what} (column {})", error.column())
}

/// Escapes characters that are invisible or change how other text is shown.
fn shown(c: char) -> String {
    match c {
        '"' | '\'' => c.to_string(),
        c => c.escape_debug().to_string(),
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InWords)
    }
}

struct InWords;

impl Visitor<'_> for InWords {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a whole number, true, false or null")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Scalar, E> {
        Ok(Scalar(truth.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar(number.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }
}

#[cfg(test)]
mod tests {
    use guestlist::{Timestamp, testing::guestlist};
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);

    #[test]
    fn members_mean_the_same_as_columns() {
        let line = br#"{"email":"ada@example.com","name":null,"created_at":1709210096,
            "email_verified":true,"disabled":0,"password_hash":""}"#;
        let ada = row(line).expect("is a row").read(NOW, &guestlist());
        let ada = ada.expect("is a user");
        assert_eq!(ada.created_at, Timestamp::from_millis(1_709_210_096_000));
        assert_eq!((ada.verified, ada.disabled), (Some(true), Some(false)));
        assert!(ada.name.is_none() && ada.password_hash.is_none());
    }

    #[test]
    fn other_json_is_refused_with_the_reason() {
        let (deep, guestlist) = ("[".repeat(10_000), guestlist());
        for (line, words) in [
            (
                r#"{"email":"a@b.co","isAdmin":true}"#,
                "unknown field `isAdmin`",
            ),
            (r#"{"email":"a@b.co","email":"b@b.co"}"#, "duplicate field"),
            (r#"{"email":["a@b.co"]}"#, "expected a string"),
            (r#"{"email":7}"#, "expected a string"),
            (r#"{"email":"a@b.co","created_at":1.5}"#, "a whole number"),
            (r#"{"email":"a@b.co","disabled":{}}"#, "true, false or null"),
            (r#"["a@b.co"]"#, ""),
            (r#"{"email":"a@b.co"} x"#, "trailing"),
            (r#"{"email":"a@b.co""#, "EOF"),
            (&deep, ""),
            ("null", ""),
        ] {
            let Err(error) = row(line.as_bytes()).and_then(|words| words.read(NOW, &guestlist))
            else {
                panic!("{line}")
            };
            let error = error.to_string();
            assert!(error.contains(words), "{error}");
            assert!(!error.contains("at line"), "{error}");
        }
        assert!(matches!(row(b"{\"email\":\"\xff\"}"), Err(RowError::Utf8)));
    }

    #[test]
    fn a_reason_escapes_control_and_invisible_characters() {
        let line = r#"{"\u001b[2Jé\u202e\u200b\r\n":1}"#;
        let Err(error) = row(line.as_bytes()) else {
            panic!("{line}")
        };
        let error = error.to_string();
        let shown = r"unknown field `\u{1b}[2Jé\u{202e}\u{200b}\r\n`";
        assert!(error.contains(shown), "{error}");
    }

    proptest! {
        #[test]
        fn nothing_panics(line in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = row(&line).map(|words| words.read(NOW, &guestlist()));
        }
    }
}
