//! Reads a `.env` file.
//!
//! A parser of our own, because the usual one (`dotenvy`) replaces `$NAME` inside values, and a
//! secret key such as `HI5HL3V3L$3CR3T` must arrive as it was written. So nothing is ever expanded
//! here.
//!
//! One `NAME=VALUE` a line, with an optional `export` before it. A value is bare, 'single quoted'
//! (taken as it is) or "double quoted" (`\"`, `\\` and `\n` are understood, any other backslash
//! stays). After a bare value a `#` that follows a space begins a comment. No value spans lines.

/// One assignment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The line it stands on, from 1.
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) value: String,
}

/// A line that is no assignment. It never quotes the line, which may hold a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadLine {
    pub(super) line: usize,
    pub(super) problem: &'static str,
}

/// Every assignment in `text`, in order.
pub(super) fn parse(text: &str) -> Result<Vec<Assignment>, BadLine> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut assignments = Vec::new();
    for (index, content) in text.lines().enumerate() {
        let line = index + 1;
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let bad = |problem| BadLine { line, problem };
        let (name, value) = content
            .split_once('=')
            .ok_or_else(|| bad("there is no `=` in it"))?;
        let name = without_export(name.trim());
        if name.is_empty() {
            return Err(bad("there is no name before the `=`"));
        }
        let value = unquoted(value).map_err(bad)?;
        assignments.push(Assignment {
            line,
            name: name.to_owned(),
            value,
        });
    }
    Ok(assignments)
}

/// Shells write `export NAME=VALUE`; a variable may also be called `export`.
fn without_export(name: &str) -> &str {
    match name.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => name,
    }
}

fn unquoted(value: &str) -> Result<String, &'static str> {
    let trimmed = value.trim_start();
    let (value, after) = if let Some(quoted) = trimmed.strip_prefix('\'') {
        let (value, after) = quoted.split_once('\'').ok_or("a ' is not closed")?;
        (value.to_owned(), after)
    } else if let Some(quoted) = trimmed.strip_prefix('"') {
        double_quoted(quoted).ok_or("a \" is not closed")?
    } else {
        return Ok(bare(value).to_owned());
    };
    let after = after.trim();
    if after.is_empty() || after.starts_with('#') {
        Ok(value)
    } else {
        Err("something follows the closing quote")
    }
}

/// A bare value up to its comment, without the space around it.
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

/// The value up to its closing quote, and what follows.
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

    #[test]
    fn values_are_read_as_they_were_written() {
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
            let parsed = parse(text).expect(text);
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
        let parsed = parse("# hello\r\n\r\nA=1\r\n   # more\nexport=2\n").expect("parses");
        let seen: Vec<_> = parsed
            .iter()
            .map(|a| (a.line, a.name.as_str(), a.value.as_str()))
            .collect();
        assert_eq!(seen, [(3, "A", "1"), (5, "export", "2")]);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_never_quoted() {
        let cases = [
            "SECRET",
            "=SECRET",
            "A='SECRET",
            "A=\"SECRET",
            "A=\"SECRET\\",
            "A=\"SECRET\" b",
            "A='SECRET'b",
        ];
        for text in cases {
            let bad = parse(&format!("B=1\n{text}\n")).expect_err(text);
            assert_eq!(bad.line, 2, "{text:?}");
            assert!(!bad.problem.contains("SECRET"), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[A=\"'\\\\#\\n\\r \u{feff}\u{85}]*") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_single_quoted_comes_back(value in "[^'\\r\\n]*") {
            let parsed = parse(&format!("A='{value}'")).expect("parses");
            prop_assert_eq!(&parsed[0].value, &value);
        }
    }
}
