//! Detects JSON that is one document with a list of users, in place of a line for each user.

use serde_json::{Map, Value};

use super::{column::Column, source::MAX_RECORD};

/// Whether the input is one document, judged by its first line. The line begins with `{`.
///
/// - The object goes on in the next line.
/// - The line is the last one, and the object is no user and has a list.
/// - The line is too long for a row, and a list of objects begins before an `email`.
pub(super) fn is_one_document(first_line: &[u8], is_last: bool) -> bool {
    let first_line = first_line.trim_ascii();
    let goes_on = matches!(first_line.last(), Some(b'{' | b'[' | b','));
    goes_on
        || first_line.len() > MAX_RECORD && begins_with_a_list(first_line)
        || is_last && has_a_list(first_line)
}

fn has_a_list(line: &[u8]) -> bool {
    let Ok(object) = serde_json::from_slice::<Map<String, Value>>(line) else {
        return false;
    };
    let is_user = object
        .keys()
        .any(|member| Column::named(member) == Some(Column::Email));
    !is_user && object.values().any(Value::is_array)
}

fn begins_with_a_list(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let Some((before, list)) = line.split_once('[') else {
        return false;
    };
    list.trim_start().starts_with('{') && !before.to_lowercase().contains("\"email\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_a_list_in_one_line_is_one_document_and_a_row_is_not() {
        let long = |start: &str| format!("{start}{}", "x".repeat(MAX_RECORD));
        for (line, is_last, expected) in [
            (r#"{"users":[{"email":"a@b.co"}]}"#, true, true),
            (r#"{"kind":"export","users":[]}"#, true, true),
            (r#"{"users":[{"email":"a@b.co"}]}"#, false, false),
            (r#"{"email":"a@b.co","roles":["a"]}"#, true, false),
            (r#"{"E-Mail":"a@b.co","roles":[]}"#, true, false),
            (r#"{"email":"a@b.co"}"#, true, false),
            (r#"{"name":"[{"}"#, true, false),
            ("{bad", true, false),
            (&long(r#"{"users": [ {"email":""#), true, true),
            (&long(r#"{"users":[{"email":""#), false, true),
            (&long(r#"{"email":"a@b.co","of":[{"#), false, false),
            (&long(r#"{"name":""#), true, false),
        ] {
            let found = is_one_document(line.as_bytes(), is_last);
            assert_eq!(found, expected, "{line:.60}");
        }
    }
}
