//! Refused rows, with line and reason.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::bail;

use super::super::private_file;

/// How many refused rows are shown if there is no file for them.
const TOLD: u32 = 10;

/// A refused row.
#[derive(Debug)]
pub(super) struct Reject {
    /// The line in which it begins.
    pub(super) line: u64,
    pub(super) reason: String,
    /// The record as it was read; only the start of a very long one.
    pub(super) record: Vec<u8>,
}

/// Writes refused rows.
pub(super) struct Rejects {
    file: Option<BufWriter<File>>,
    /// The number of refused rows.
    kept: u32,
}

impl Rejects {
    /// Creates the file at `path`, which only this user of the machine can read. Without a path, no
    /// file is written, and the command shows only a few refused rows. The file stays empty until a
    /// row is refused, so that the same command can be run again.
    pub(super) fn create(path: Option<&Path>) -> anyhow::Result<Self> {
        let file = path
            .map(|path| private_file::create_or_reuse(path).map(BufWriter::new))
            .transpose()?;
        Ok(Self { file, kept: 0 })
    }

    /// Refuses a file that [`create`](Self::create) would refuse, and makes nothing.
    pub(super) fn check(path: Option<&Path>) -> anyhow::Result<()> {
        let Some(path) = path else { return Ok(()) };
        match path.symlink_metadata() {
            Ok(found) if !found.is_file() || found.len() > 0 => bail!(
                "{} exists already and is not an empty file of yours; use another file name",
                path.display()
            ),
            _ => Ok(()),
        }
    }

    /// Writes the row to the file, or returns the line to show.
    pub(super) fn keep(&mut self, reject: &Reject) -> io::Result<Option<String>> {
        self.kept = self.kept.saturating_add(1);
        let Some(file) = &mut self.file else {
            return Ok(match self.kept {
                1..=TOLD => Some(format!("line {}: {}", reject.line, reject.reason)),
                n if n == TOLD + 1 => Some("and more; --rejects FILE keeps them all".to_owned()),
                _ => None,
            });
        };
        if self.kept == 1 {
            file.write_all(b"line,reason,record\n")?;
        }
        write!(file, "{},", reject.line)?;
        quoted(file, reject.reason.as_bytes())?;
        file.write_all(b",")?;
        quoted(file, &reject.record)?;
        file.write_all(b"\n")?;
        Ok(None)
    }

    /// Writes all buffered rows to the file.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

/// Writes a quoted field (RFC 4180, section 2). A field that looks like a formula gets an
/// apostrophe in front, because a spreadsheet would evaluate it (OWASP, CSV injection). A
/// spreadsheet that separates fields by semicolons or tabs ignores these quotes, so each of its
/// fields gets one, too.
fn quoted(out: &mut impl Write, text: &[u8]) -> io::Result<()> {
    out.write_all(b"\"")?;
    let text = defused(text);
    for (number, part) in text.split(|byte| *byte == b'"').enumerate() {
        if number > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(part)?;
    }
    out.write_all(b"\"")
}

/// Puts an apostrophe before each formula.
fn defused(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 1);
    let pieces = text.split_inclusive(|byte| b";\t\r\n".contains(byte));
    for (number, piece) in pieces.enumerate() {
        let is_formula = match number {
            0 => is_formula(text),
            _ => begins_with_sign(piece),
        };
        if is_formula {
            out.push(b'\'');
        }
        out.extend_from_slice(piece);
    }
    out
}

/// Whether a sign follows spaces and quotes.
fn begins_with_sign(piece: &[u8]) -> bool {
    let is_before = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'"';
    let start = piece.iter().position(|byte| !is_before(byte));
    let shown = &piece[start.unwrap_or(piece.len())..];
    SIGNS.iter().any(|sign| shown.starts_with(sign.as_bytes()))
}

/// The first characters of a formula. Some spreadsheets treat full-width signs like ASCII ones.
const SIGNS: [&str; 8] = [
    "=", "+", "-", "@", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}",
];

/// Whether a spreadsheet may treat the text as a formula. Spaces before the sign are ignored.
fn is_formula(text: &[u8]) -> bool {
    let is_break = text.first().is_some_and(|first| b"\t\r\n".contains(first));
    let shown = text.trim_ascii_start();
    is_break || SIGNS.iter().any(|sign| shown.starts_with(sign.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_a_formula() {
        let field = |text: &str| {
            let mut out = Vec::new();
            quoted(&mut out, text.as_bytes()).expect("writes");
            String::from_utf8(out).expect("is UTF-8")
        };
        for text in [
            "=HYPERLINK(1)",
            "+1",
            "-1",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            " =1",
            "\u{ff1d}1",
        ] {
            assert!(field(text).starts_with("\"'"), "{text:?}");
        }
        assert_eq!(field("=\"a\""), "\"'=\"\"a\"\"\"");
        for (text, expected) in [
            ("a@b.co;=1", "a@b.co;'=1"),
            ("a; \"+1\"", "a;' \"\"+1\"\""),
            ("a\t-1;b", "a\t'-1;b"),
            ("a\r\n@b;\u{ff1d}1", "a\r\n'@b;'\u{ff1d}1"),
            ("a;;=1", "a;;'=1"),
        ] {
            assert_eq!(field(text), format!("\"{expected}\""));
        }
        for text in ["a; b;c-d", "ada@example.com,=1", "a-b", "", "'=1"] {
            assert_eq!(field(text), format!("\"{text}\""));
        }
    }
}
