//! Rows of NDJSON: one object a line.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::{column::Column, row::Words, row_error::RowError};

/// What is expected of a member, for its message.
const TEXT: &str = "text in quotes, or null";
const INSTANT: &str = "text in quotes, a whole number or null";
const TRUTH: &str = "true, false or null";

/// Parses a line. A member may be spelled like the column of CSV that it stands for.
pub(super) fn row(line: &[u8]) -> Result<Words<'static>, RowError> {
    let line = str::from_utf8(line).map_err(|_| RowError::Utf8)?;
    let Members(members) = serde_json::from_str(line).map_err(|error| refusal(&error))?;
    let mut words = Words::default();
    let mut known = Vec::with_capacity(Column::ALL.len());
    for (member, value) in members {
        let Some(column) = Column::named(&member) else {
            words.find_fault(RowError::UnknownMember(shown(&member)));
            continue;
        };
        if known.contains(&column) {
            words.find_fault(RowError::Twice(column));
            continue;
        }
        known.push(column);
        match text(column, value) {
            Ok(text) => words.say(column, text),
            Err(expected) => words.find_fault(RowError::Type { column, expected }),
        }
    }
    Ok(words)
}

/// Returns a value as the text that CSV has for it, empty for null; or what is expected instead.
fn text(column: Column, value: Value) -> Result<String, &'static str> {
    let expected = match column {
        Column::Id | Column::Email | Column::PasswordHash | Column::Name | Column::Role => TEXT,
        Column::CreatedAt => INSTANT,
        Column::EmailVerified | Column::Disabled | Column::Approved => TRUTH,
    };
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Bool(truth) if expected != TEXT => Ok(truth.to_string()),
        Value::Number(number) if expected != TEXT && !number.is_f64() => Ok(number.to_string()),
        _ => Err(expected),
    }
}

/// Says why a line is no object. The number of the line is 1 for the parser, so it is left out; the
/// line in the file stands in front of the message.
fn refusal(error: &serde_json::Error) -> RowError {
    if error.is_eof() {
        RowError::Unfinished(error.column())
    } else if error.is_data() {
        RowError::NoObject
    } else {
        RowError::Json(error.column())
    }
}

/// Escapes characters that are invisible or change how other text is shown. Of a long name only
/// the beginning is returned.
fn shown(name: &str) -> String {
    let escaped = |c: char| match c {
        '"' | '\'' => c.to_string(),
        c => c.escape_debug().to_string(),
    };
    name.chars().take(40).map(escaped).collect()
}

/// All members in their order, so that repeated ones are found.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object that is a user")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
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
    fn members_are_spelled_like_columns() {
        for line in [
            r#"{"EMAIL":"ada@example.com","DISABLED":true}"#,
            r#"{"E-Mail":"ada@example.com","PASSWORD_HASH":"!","Disabled":"yes"}"#,
            r#"{"e mail":"ada@example.com","passwordHash":null,"disabled":1}"#,
        ] {
            let read = row(line.as_bytes()).expect(line).read(NOW, &guestlist());
            let ada = read.expect(line);
            assert_eq!(ada.email.key(), "ada@example.com");
            assert_eq!(ada.disabled, Some(true), "{line}");
        }
    }

    fn mistakes(line: &str) -> String {
        let read = row(line.as_bytes()).map(|mut words| words.read(NOW, &guestlist()));
        match read {
            Err(mistake) => mistake.to_string(),
            Ok(Err(mistakes)) => mistakes.to_string(),
            Ok(Ok(_)) => panic!("{line} is taken"),
        }
    }

    #[test]
    fn other_json_is_refused_in_plain_words() {
        let members =
            "email, password_hash, name, created_at, email_verified, disabled, role, approved, id";
        let no_object = "this is not a JSON object; write one object a line for each user";
        let text = "email: use text in quotes, or null";
        let deep = "[".repeat(10_000);
        for (line, expected) in [
            (
                r#"{"email":"a@b.co","isAdmin":true}"#,
                &*format!("unknown member `isAdmin`; use {members}"),
            ),
            (
                r#"{"email":"a@b.co","EMAIL":"b@b.co"}"#,
                "email: is there twice; use one of them",
            ),
            (r#"{"email":["a@b.co"]}"#, text),
            (r#"{"email":7}"#, text),
            (
                r#"{"email":"a@b.co","created_at":1.5}"#,
                "created_at: use text in quotes, a whole number or null",
            ),
            (
                r#"{"email":"a@b.co","disabled":{}}"#,
                "disabled: use true, false or null",
            ),
            (
                r#"{"email":"a@b.co","name":7,"created_at":"soon"}"#,
                "name: use text in quotes, or null; created_at: use an instant such as \
                 2026-11-21T09:52:34Z, a date, or seconds since 1970",
            ),
            (r#"["a@b.co"]"#, no_object),
            ("[1]", no_object),
            ("null", no_object),
            (&deep, no_object),
            (
                r#"{"email":"a@b.co"} x"#,
                "this is not valid JSON from column 20 on",
            ),
            (
                r#"{"email":"a@b.co""#,
                "the JSON object is not closed at column 17; write one object a line for each user",
            ),
        ] {
            assert_eq!(mistakes(line), expected, "{line}");
        }
        assert!(matches!(row(b"{\"email\":\"\xff\"}"), Err(RowError::Utf8)));
    }

    #[test]
    fn a_reason_escapes_control_and_invisible_characters() {
        let said = mistakes(r#"{"email":"a@b.co","\u001b[2Jé\u202e\u200b\r\n":1}"#);
        let shown = r"unknown member `\u{1b}[2Jé\u{202e}\u{200b}\r\n`";
        assert!(said.contains(shown), "{said}");
    }

    proptest! {
        #[test]
        fn nothing_panics(line in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = row(&line).map(|mut words| words.read(NOW, &guestlist()));
        }
    }
}
