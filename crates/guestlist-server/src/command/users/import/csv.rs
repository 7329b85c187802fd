//! Rows of CSV (RFC 4180). The header names the columns.

use std::str;

use anyhow::{Context, bail, ensure};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::{column::Column, row::Words, row_error::RowError, source::MAX_RECORD};

/// Reads rows below a header.
pub(super) struct Csv {
    columns: Vec<Column>,
    splitter: Splitter,
}

impl Csv {
    /// Parses the header.
    pub(super) fn new(header: &[u8]) -> anyhow::Result<Self> {
        let mut splitter = Splitter::new();
        let mut columns = Vec::new();
        ensure!(
            !header.starts_with(b"line,reason,record"),
            "this is a file of refused rows, which --rejects wrote: correct these rows in the file that was \
             imported, and import that file again; users who are there are skipped"
        );
        let names = splitter.split(header);
        let fix = "the header cannot be read; save the file as CSV in UTF-8, or as NDJSON";
        for name in names.context(fix)?.iter() {
            let name = name.trim();
            let Some(column) = Column::named(name) else {
                bail!(not_a_column(name));
            };
            ensure!(
                !columns.contains(&column),
                "the header names the column {name} twice"
            );
            columns.push(column);
        }
        ensure!(
            columns.contains(&Column::Email),
            "the header has no column email"
        );
        Ok(Self { columns, splitter })
    }

    /// Parses a record.
    pub(super) fn row(&mut self, record: &[u8]) -> Result<Words<'_>, RowError> {
        let fields = self.splitter.split(record)?;
        let (found, expected) = (fields.ends.len(), self.columns.len());
        if found != expected {
            return Err(RowError::Width { found, expected });
        }
        let mut words = Words::default();
        for (column, field) in self.columns.iter().zip(fields.iter()) {
            words.say(*column, field);
        }
        Ok(words)
    }
}

/// Describes an unknown column, with a hint for common mistakes.
fn not_a_column(name: &str) -> String {
    let known = Column::ALL.map(Column::name).join(", ");
    let named: String = name.chars().take(40).collect();
    let hint = if name.contains('\0') {
        "; save the file as CSV in UTF-8"
    } else if name.contains('\r') {
        "; the line ends are CR: save the file with the line ends LF or CRLF"
    } else if name.contains([';', '\t']) {
        "; put commas between the fields"
    } else if name.contains('@') {
        "; the first line must name the columns"
    } else {
        ""
    };
    format!("the header has the unknown column {named:?}; use {known}{hint}")
}

/// Splits records into fields, and reuses its memory.
struct Splitter {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// The fields of a record.
struct Fields<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl Splitter {
    fn new() -> Self {
        Self {
            // The record has no line break at its end, so a line feed inside it is quoted.
            reader: ReaderBuilder::new()
                .terminator(Terminator::Any(b'\n'))
                .build(),
            // Removing quotes makes a record shorter. A record has one more field than commas.
            text: vec![0; MAX_RECORD],
            ends: vec![0; MAX_RECORD + 1],
        }
    }

    fn split(&mut self, record: &[u8]) -> Result<Fields<'_>, RowError> {
        self.reader.reset();
        let (mut input, mut written, mut fields) = (record, 0, 0);
        loop {
            let text = &mut self.text[written..];
            let ends = &mut self.ends[fields..];
            let (result, read, wrote, ended) = self.reader.read_record(input, text, ends);
            input = &input[read..];
            written += wrote;
            fields += ended;
            match result {
                // The input ends here; the next call reports the end of the record.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(RowError::TooLong);
                }
            }
        }
        Ok(Fields {
            text: str::from_utf8(&self.text[..written]).map_err(|_| RowError::Utf8)?,
            ends: &self.ends[..fields],
        })
    }
}

impl<'a> Fields<'a> {
    fn iter(&self) -> impl Iterator<Item = &'a str> {
        let (text, mut start) = (self.text, 0);
        self.ends.iter().map(move |end| {
            let field = text.get(start..*end).unwrap_or_default();
            start = *end;
            field
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_has_each_column_once_in_any_order() {
        for header in [
            "name,\"email\", id",
            "Email,NAME,Id",
            "E-Mail,createdAt,passwordHash,emailVerified",
            "EMAIL,Created At,Password Hash",
        ] {
            assert!(Csv::new(header.as_bytes()).is_ok(), "{header}");
        }
        let many = (0..10_000).map(|n| format!("c{n},")).collect::<String>();
        for (header, words) in [
            (
                "email,passwd",
                "unknown column \"passwd\"; use email, password_hash, name",
            ),
            ("email,name,email", "email twice"),
            ("name,id", "no column email"),
            ("email;name", "\"email;name\""),
            ("email;name", "put commas between"),
            ("email\tname", "put commas between"),
            ("email,Nome", "unknown column \"Nome\"; use"),
            ("email,E-Mail", "E-Mail twice"),
            ("email,", "\"\""),
            ("ada@example.com,x", "must name the columns"),
            (&many, "\"c0\""),
        ] {
            let Err(error) = Csv::new(header.as_bytes()) else {
                panic!("{header}")
            };
            let error = format!("{error:#}");
            assert!(error.contains(words), "{error}");
        }
        assert!(Csv::new(b"email,\xff").is_err());
    }

    #[test]
    fn fields_go_to_their_columns() {
        let mut csv = Csv::new(b"name,email").expect("is a header");
        let mut read = |record: &str| {
            let words = csv.row(record.as_bytes());
            words
                .map(|words| format!("{words:?}"))
                .map_err(|e| e.to_string())
        };
        let both = read("\"Lovelace, \"\"Ada\"\"\",ada@example.com").expect("is a row");
        assert!(both.contains("Lovelace, \\\"Ada\\\"") && both.contains("ada@example.com"));
        for (record, words) in [
            (
                "ada@example.com",
                "1 field and the header has 2; write a comma",
            ),
            ("a,b,c", "3 fields"),
            (&",".repeat(10_000), "10001 fields"),
        ] {
            let refused = read(record).expect_err("is invalid");
            assert!(refused.contains(words), "{refused}");
        }
        assert!(matches!(csv.row(b"\xff,a"), Err(RowError::Utf8)));
        assert!(csv.row(&[b','; MAX_RECORD]).is_err());
        assert!(csv.row(b"a,b").is_ok(), "the next record is read normally");
    }

    proptest! {
        #[test]
        fn nothing_panics(record in prop::collection::vec(any::<u8>(), 0..60)) {
            let mut csv = Csv::new(b"name,email").expect("is a header");
            let _ = csv.row(&record);
            let _ = Csv::new(&record);
        }
    }
}
