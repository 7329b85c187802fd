//! Reads a `.env` file.
//!
//! This parser is our own, because the usual one (`dotenvy`) replaces `$NAME` inside values. A
//! secret key such as `HI5HL3V3L$3CR3T` must stay as it was written, so nothing is ever expanded
//! here.
//!
//! One `NAME=VALUE` a line, with an optional `export` before it. A value is bare, 'single quoted'
//! (used unchanged) or "double quoted" (`\"`, `\\` and `\n` are escapes; any other backslash
//! stays). A quoted value may span several lines. After a bare value, a `#` that follows a space
//! begins a comment.

use std::{borrow::Cow, collections::BTreeSet};

/// An assignment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// The line it ends on: another one if its quoted value has line breaks.
    pub(super) last_line: usize,
    pub(super) name: String,
    pub(super) value: String,
}

/// A line that is not an assignment. It never contains the value, which may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub(super) line: usize,
    /// The name at its start.
    pub(super) name: String,
    /// What is wrong with it, and the fix.
    pub(super) problem: &'static str,
}

const NO_EQUALS: &str = "has no `=`; write NAME=VALUE, or begin a comment with #";
const NO_NAME: &str = "has no name before its `=`; write NAME=VALUE";
const OPEN_SINGLE: &str = "has a ' that is not closed; write NAME='VALUE'";
const OPEN_DOUBLE: &str = "has a \" that is not closed; write NAME=\"VALUE\"";
const TEXT_BEHIND: &str =
    "has text behind its closing quote; put all of the value between the quotes";

/// Decodes the file. Returns its text and the lines that are not UTF-8, from 1.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, BTreeSet<usize>) {
    let text = String::from_utf8_lossy(bytes);
    let lines = match &text {
        Cow::Borrowed(_) => BTreeSet::new(),
        Cow::Owned(_) => {
            let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
            let foreign = lines.filter(|(line, _)| str::from_utf8(line).is_err());
            foreign.map(|(_, number)| number).collect()
        }
    };
    (text, lines)
}

/// Returns every assignment in `text`, in order, and every invalid line. After a quote that is
/// never closed, parsing continues with the next line.
pub(super) fn parse(text: &str) -> Vec<Result<Assignment, BadLine>> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut read, mut line) = (Vec::new(), 1);
    while !rest.is_empty() {
        let (content, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            (rest, line) = (after, line + 1);
            continue;
        }
        let bad = |name: &str, problem| {
            Err(BadLine {
                line,
                name: name.to_owned(),
                problem,
            })
        };
        // The start of the next assignment.
        let mut next = after;
        read.push(match content.split_once('=') {
            None => bad(first_name(without_export(content)), NO_EQUALS),
            Some((name, value)) => match (without_export(name.trim()), unquoted(value)) {
                ("", _) => bad("", NO_NAME),
                (name, Ok(value)) => Ok(Assignment {
                    line,
                    last_line: line,
                    name: name.to_owned(),
                    value,
                }),
                (name, Err(Problem::NotClosed(problem))) => {
                    // The quote may be closed on a later line.
                    let (_, value) = rest.split_once('=').unwrap_or_default();
                    match over_lines(value) {
                        Some((value, after)) => {
                            next = after;
                            let read = &rest[..rest.len() - next.len()];
                            let breaks = read.trim_end_matches('\n').matches('\n').count();
                            Ok(Assignment {
                                line,
                                last_line: line + breaks,
                                name: name.to_owned(),
                                value,
                            })
                        }
                        None => bad(name, problem),
                    }
                }
                (name, Err(Problem::Other(problem))) => bad(name, problem),
            },
        });
        line += rest[..rest.len() - next.len()].matches('\n').count();
        rest = next;
    }
    read
}

/// Parses a quoted value that is closed on a later line. Returns it and the text after that line.
/// Line breaks in it become `\n`, also if the file has `\r\n`.
fn over_lines(value: &str) -> Option<(String, &str)> {
    let trimmed = value.trim_start();
    let (value, after) = match trimmed.strip_prefix('\'') {
        Some(quoted) => {
            let (value, after) = quoted.split_once('\'')?;
            (value.to_owned(), after)
        }
        None => double_quoted(trimmed.strip_prefix('"')?)?,
    };
    let (behind, after) = after.split_once('\n').unwrap_or((after, ""));
    let behind = behind.trim();
    let is_whole = behind.is_empty() || behind.starts_with('#');
    is_whole.then(|| (value.replace("\r\n", "\n"), after))
}

/// Why a value is invalid.
enum Problem {
    /// A quote is not closed on the same line.
    NotClosed(&'static str),
    Other(&'static str),
}

/// Returns the characters at the start that can be part of a name. The rest may be a secret.
fn first_name(line: &str) -> &str {
    let ends = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    line.split(ends).next().unwrap_or_default()
}

/// Removes the `export` of shells. A variable may also have the name `export`.
fn without_export(name: &str) -> &str {
    match name.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => name,
    }
}

fn unquoted(value: &str) -> Result<String, Problem> {
    let trimmed = value.trim_start();
    let (value, after) = if let Some(quoted) = trimmed.strip_prefix('\'') {
        let (value, after) = quoted
            .split_once('\'')
            .ok_or(Problem::NotClosed(OPEN_SINGLE))?;
        (value.to_owned(), after)
    } else if let Some(quoted) = trimmed.strip_prefix('"') {
        double_quoted(quoted).ok_or(Problem::NotClosed(OPEN_DOUBLE))?
    } else {
        return Ok(bare(value).to_owned());
    };
    let after = after.trim();
    if after.is_empty() || after.starts_with('#') {
        Ok(value)
    } else {
        Err(Problem::Other(TEXT_BEHIND))
    }
}

/// Returns a bare value up to its comment, without surrounding space.
fn bare(value: &str) -> &str {
    let mut previous = None;
    for (at, character) in value.char_indices() {
        if character == '#' && previous.is_some_and(char::is_whitespace) {
            return value[..at].trim();
        }
        previous = Some(character);
    }
    value.trim()
}

/// Returns the value up to its closing quote, and the rest.
fn double_quoted(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => match characters.next()? {
                'n' => value.push('\n'),
                escaped @ ('"' | '\\') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            plain => value.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assignments(text: &str) -> Vec<Assignment> {
        parse(text)
            .into_iter()
            .map(|line| line.expect(text))
            .collect()
    }

    #[test]
    fn values_are_read_unchanged() {
        let cases = [
            ("A=b", "b"),
            ("A=", ""),
            ("A=HI5HL3V3L$3CR3T", "HI5HL3V3L$3CR3T"),
            ("A=\"HI5HL3V3L$3CR3T\"", "HI5HL3V3L$3CR3T"),
            ("A='HI5HL3V3L$3CR3T'", "HI5HL3V3L$3CR3T"),
            ("A=${HOME}$(id)`id`", "${HOME}$(id)`id`"),
            ("  A =  b c  ", "b c"),
            ("export A=b", "b"),
            ("export\tA=b", "b"),
            ("A=b=c", "b=c"),
            ("A=b#c", "b#c"),
            ("A=#c", "#c"),
            ("A=b # c", "b"),
            ("A=b\t# c", "b"),
            ("A= # c", ""),
            ("A=\"b # c\" # d", "b # c"),
            ("A='b # c'# d", "b # c"),
            ("A='it \\n \"is\"'", "it \\n \"is\""),
            (r#"A="a\"b\\c\nd\te""#, "a\"b\\c\nd\\te"),
            ("A=it's", "it's"),
            ("A=a\\nb", "a\\nb"),
            ("A=\"\"", ""),
            ("A=ключ 🔑", "ключ 🔑"),
            ("\u{feff}A=b", "b"),
            ("A=b\r\n", "b"),
            ("A=\"b\"\r\n", "b"),
        ];
        for (text, expected) in cases {
            let parsed = assignments(text);
            assert_eq!(parsed.len(), 1, "{text:?}");
            assert_eq!(
                (parsed[0].name.as_str(), parsed[0].value.as_str()),
                ("A", expected),
                "{text:?}"
            );
        }
    }

    #[test]
    fn lines_are_counted_from_one_and_comments_skipped() {
        let parsed = assignments("# hello\r\n\r\nA=1\r\n   # more\nexport=2\n");
        let seen: Vec<_> = parsed
            .iter()
            .map(|a| (a.line, a.name.as_str(), a.value.as_str()))
            .collect();
        assert_eq!(seen, [(3, "A", "1"), (5, "export", "2")]);
    }

    #[test]
    fn an_invalid_line_is_named_by_number_and_never_quoted() {
        let cases = [
            "SECRET",
            "=1",
            "A='SECRET",
            "A=\"SECRET",
            "A=\"SECRET\\",
            "A=\"SECRET\" b",
            "A='SECRET'b",
        ];
        for text in cases {
            let lines = parse(&format!("B=1\n{text}\nC=1\n"));
            let [Ok(_), Err(bad), Ok(next)] = &lines[..] else {
                panic!("{text:?}: {lines:?}");
            };
            assert_eq!((bad.line, next.line), (2, 3), "{text:?}");
            assert!(!bad.problem.contains("SECRET"), "{text:?}");
        }
    }

    #[test]
    fn a_quoted_value_may_span_lines() {
        let key = "-----BEGIN\nabc\n-----END";
        for text in [
            format!("A=\"{key}\"\nB=1"),
            format!("A='{key}'\nB=1"),
            format!("A=\"{}\" # a key\r\nB=1", key.replace('\n', "\r\n")),
        ] {
            let parsed = assignments(&text);
            let seen: Vec<_> = parsed.iter().map(|a| (a.line, a.name.as_str())).collect();
            assert_eq!(seen, [(1, "A"), (4, "B")], "{text:?}");
            assert_eq!(parsed[0].value, key, "{text:?}");
        }
    }

    #[test]
    fn lines_that_are_not_utf_8_are_known_by_their_numbers() {
        let (text, lines) = decode(b"A=1\n# f\xfcr\nB=\"\n\xff\"\nC=2\n");
        assert_eq!(lines, BTreeSet::from([2, 4]));
        let parsed = assignments(&text);
        let seen: Vec<_> = parsed
            .iter()
            .map(|a| (a.name.as_str(), a.line, a.last_line))
            .collect();
        assert_eq!(seen, [("A", 1, 1), ("B", 3, 4), ("C", 5, 5)]);
        assert!(decode(b"A=1").1.is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[A=\"'\\\\#\\n\\r \u{feff}\u{85}]*") {
            let _ = parse(&text);
        }

        #[test]
        fn a_single_quoted_value_is_unchanged(value in "[^'\\r\\n]*") {
            let parsed = assignments(&format!("A='{value}'"));
            prop_assert_eq!(&parsed[0].value, &value);
        }
    }
}
