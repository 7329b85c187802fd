//! Content lines of a calendar and their values (RFC 5545, section 3.1).

use std::fmt::Write;

/// The longest line in bytes, without its line break (RFC 5545, section 3.1).
const LONGEST_LINE: usize = 75;

/// Escapes a text: its line breaks, and the characters that separate values (RFC 5545, section
/// 3.3.11). Other control characters are not allowed and are removed; a tab is allowed.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\r' => {
                characters.next_if_eq(&'\n');
                escaped.push_str("\\n");
            }
            // Some programs treat the other separators as line breaks, too.
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            character if character.is_ascii_control() => {}
            character => escaped.push(character),
        }
    }
    escaped
}

/// Percent-encodes every character that is not allowed in a URL (RFC 3986, section 2).
pub(super) fn uri(address: &str) -> String {
    percent_escaped(address, |at, byte| match byte {
        b'%' => {
            let digits = address.as_bytes().get(at + 1..at + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        }
        byte => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
    })
}

/// Escapes the bytes of a text as `%XX`, except for those of which `stays` says so by place and
/// value.
pub(super) fn percent_escaped(text: &str, stays: impl Fn(usize, u8) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        if stays(at, byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// Writes a line and folds it: a long line continues on the next line after a space, and no
/// character is split (RFC 5545, section 3.1). Runs in linear time.
pub(super) fn write_line(calendar: &mut String, name: &str, value: &str) {
    let begin = calendar.len();
    let _ = write!(calendar, "{name}:");
    let mut room = LONGEST_LINE.saturating_sub(calendar.len() - begin);
    let mut rest = value;
    while rest.len() > room {
        let (this, next) = rest.split_at(rest.floor_char_boundary(room));
        calendar.push_str(this);
        calendar.push_str("\r\n ");
        rest = next;
        room = LONGEST_LINE - 1;
    }
    calendar.push_str(rest);
    calendar.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(value: &str) -> String {
        let mut calendar = String::new();
        write_line(&mut calendar, "DESCRIPTION", value);
        calendar
    }

    #[test]
    fn long_lines_are_folded_between_characters_and_nothing_is_lost() {
        for value in [
            "",
            "short",
            &"x".repeat(63),
            &"x".repeat(64),
            &"x".repeat(1_000),
            &"ü".repeat(500),
            &"x🎉".repeat(300),
            &"🎉 ".repeat(300),
        ] {
            let text = folded(value);
            assert!(text.ends_with("\r\n"));
            let lines: Vec<_> = text.trim_end_matches("\r\n").split("\r\n").collect();
            assert!(lines.iter().all(|line| line.len() <= 75), "{text}");
            assert!(
                lines[1..].iter().all(|line| line.starts_with(' ')),
                "{text}"
            );
            let unfolded = text.replace("\r\n ", "");
            assert_eq!(unfolded, format!("DESCRIPTION:{value}\r\n"));
        }
        assert_eq!(folded(&"x".repeat(63)).lines().count(), 1);
        assert_eq!(folded(&"x".repeat(64)).lines().count(), 2);
    }

    #[test]
    fn an_escaped_text_has_no_line_break_or_separator() {
        for (given, escaped) in [
            ("a\nb\r\nc\rd\r\r\n", "a\\nb\\nc\\nd\\n\\n"),
            ("a;b,c\\d:\"e\"", "a\\;b\\,c\\\\d:\"e\""),
            ("\0a\u{1b}\tb\u{7f}", "a\tb"),
            ("a\u{85}b\u{2028}c\u{2029}", "a\\nb\\nc\\n"),
        ] {
            assert_eq!(text(given), escaped, "{given:?}");
        }
    }

    #[test]
    fn an_encoded_address_has_only_valid_characters() {
        for (given, escaped) in [
            ("https://a.b/c?d=e,f;g#h", "https://a.b/c?d=e,f;g#h"),
            ("https://a.b/é\"<%zz%41", "https://a.b/%C3%A9%22%3C%25zz%41"),
            ("https://[::1]/{a}|^`", "https://[::1]/%7Ba%7D%7C%5E%60"),
        ] {
            assert_eq!(uri(given), escaped, "{given:?}");
        }
    }
}
