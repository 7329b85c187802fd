//! Finds where a record of CSV ends (RFC 4180, section 2). `csv-core` decides what is quoted, as it
//! does when the record is split into fields.

use csv_core::{ReadFieldResult, ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// `csv-core` skips this mark at the beginning of a record.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why no end of the record was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// The record goes on at the end of the bytes, and no quote is open.
    Line,
    /// A quote is open at the end of the bytes.
    Quote,
    /// In a later line, text follows the closing quote of a field. So that quote is not the one
    /// that closes the field.
    TextBehindQuote {
        /// Where the line of that quote begins.
        line: usize,
    },
    /// A quote at the end of a line that must end the record.
    QuoteInLine,
}

/// Finds ends of records, and reuses its memory. The fields are thrown away.
pub(super) struct RecordEnds {
    reader: Reader,
    text: [u8; 1024],
    ends: [usize; 64],
}

impl RecordEnds {
    pub(super) fn new() -> Self {
        Self {
            // A carriage return alone ends no line.
            reader: ReaderBuilder::new()
                .terminator(Terminator::Any(b'\n'))
                .build(),
            text: [0; 1024],
            ends: [0; 64],
        }
    }

    /// Returns the position of the line feed that ends the first record.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Result<usize, Open> {
        let line = end_of_line(bytes);
        if !has_quote(bytes, line) {
            return line.ok_or(Open::Line);
        }
        if let Some(end) = line {
            self.reader.reset();
            if self.ends_with(&bytes[..=end]) {
                return Ok(end);
            }
        }
        self.end_over_lines(bytes)
    }

    /// Returns the position of the line feed that ends the first record, and checks each field that
    /// has a line break.
    fn end_over_lines(&mut self, bytes: &[u8]) -> Result<usize, Open> {
        self.reader.reset();
        let mut read = 0;
        while read < bytes.len() {
            let (result, more) = self.field(&bytes[read..]);
            // The reader skips a mark at the beginning.
            let start = match read == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
                true => BYTE_ORDER_MARK.len(),
                false => read,
            };
            read += more;
            if let Some(line) = line_of_text_behind_quote(&bytes[start..read]) {
                return Err(Open::TextBehindQuote { line: start + line });
            }
            if let ReadFieldResult::Field { record_end: true } = result {
                return Ok(read - 1);
            }
        }
        // A line feed ends the record, unless it is quoted.
        Err(match self.ends_with(b"\n") {
            true => Open::Line,
            false => Open::Quote,
        })
    }

    /// Returns the position of the first line feed, which has to end the record.
    pub(super) fn end_in_line(&mut self, bytes: &[u8]) -> Result<usize, Open> {
        let line = end_of_line(bytes);
        let Some(end) = line.filter(|_| has_quote(bytes, line)) else {
            return self.end(bytes);
        };
        self.reader.reset();
        match self.ends_with(&bytes[..=end]) {
            true => Ok(end),
            false => Err(Open::QuoteInLine),
        }
    }

    /// Reads on in the record. Returns whether it ends with these bytes, whose only line feed is
    /// the last one.
    fn ends_with(&mut self, bytes: &[u8]) -> bool {
        let mut read = 0;
        loop {
            let (result, more, _, _) =
                self.reader
                    .read_record(&bytes[read..], &mut self.text, &mut self.ends);
            read += more;
            match result {
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::Record => return true,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return false,
            }
        }
    }

    /// Reads one field. Returns how many bytes belong to it, with the comma or the line feed that
    /// ends it.
    fn field(&mut self, bytes: &[u8]) -> (ReadFieldResult, usize) {
        let mut read = 0;
        loop {
            let (result, more, _) = self.reader.read_field(&bytes[read..], &mut self.text);
            read += more;
            match result {
                ReadFieldResult::OutputFull if read < bytes.len() => {}
                result => return (result, read),
            }
        }
    }
}

/// Finds text between the closing quote of a field with line breaks and the end of the field.
/// Returns where the line of that quote begins. The end of the field may be missing.
fn line_of_text_behind_quote(field: &[u8]) -> Option<usize> {
    let inside = field.strip_prefix(b"\"")?;
    let mut closing = position(inside, b'"')?;
    while inside.get(closing + 1) == Some(&b'"') {
        // Two quotes are one quote of the text.
        closing += 2 + position(&inside[closing + 2..], b'"')?;
    }
    let line = inside[..closing].iter().rposition(|byte| *byte == b'\n')? + 1;
    match &inside[closing + 1..] {
        [] | [b',' | b'\n', ..] | b"\r" | [b'\r', b'\n', ..] => None,
        _ => Some(1 + line),
    }
}

/// Whether the first line has a quote. Without one, its end ends the record.
fn has_quote(bytes: &[u8], line: Option<usize>) -> bool {
    bytes[..line.unwrap_or(bytes.len())].contains(&b'"')
}

/// Returns the position of the line feed.
pub(super) fn end_of_line(bytes: &[u8]) -> Option<usize> {
    position(bytes, b'\n')
}

fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_record_longer_than_the_memory_ends_where_its_quote_is_closed() {
        let mut ends = RecordEnds::new();
        let commas = ",".repeat(10_000);
        let quoted = format!("\"{}\"", "x\n".repeat(20_000));
        let found = ends.end(format!("{quoted}{commas}\nnext\n").as_bytes());
        assert_eq!(found, Ok(quoted.len() + commas.len()));
        let found = ends.end(format!("{commas}{quoted}\n").as_bytes());
        assert_eq!(found, Ok(quoted.len() + commas.len()));
        let found = ends.end(format!("{commas}{quoted}x").as_bytes());
        let line = quoted.len() + commas.len() - 1;
        assert_eq!(found, Err(Open::TextBehindQuote { line }));
    }

    #[test]
    fn what_is_open_is_known() {
        let mut ends = RecordEnds::new();
        for (bytes, expected) in [
            ("", Err(Open::Line)),
            ("a", Err(Open::Line)),
            ("\"a\"", Err(Open::Line)),
            ("\"a\"\"", Err(Open::Quote)),
            ("\"a\n", Err(Open::Quote)),
            ("a\"b\nc", Ok(3)),
            ("\"a\"b\"\nc", Ok(5)),
            ("\"a\rb\"\r\nc", Ok(6)),
            ("\n\"a", Ok(0)),
            ("\"a\"b\nc", Ok(4)),
            ("\"a\n\"\r\nc", Ok(5)),
            ("\"a\n\"", Err(Open::Line)),
            ("\"a\n\"\r", Err(Open::Line)),
            ("\"a\n\"\"", Err(Open::Quote)),
            ("\"a\n\"\"b\",\n", Ok(8)),
            ("\"a\nb\",\"c\nd\"", Err(Open::Line)),
        ] {
            assert_eq!(ends.end(bytes.as_bytes()), expected, "{bytes:?}");
        }
        for (bytes, line) in [
            ("a,\"b\nc,\"d\"\n", 5),
            ("a,\"b\n\nc,\"d", 6),
            ("\"a\n\"\rb", 3),
            ("\"a\n\" ,b\n", 3),
            ("\u{feff}\"a\n\"b\n", 6),
            ("\"a\nb\",\"c\n\"\"\n\"d", 12),
        ] {
            let expected = Err(Open::TextBehindQuote { line });
            assert_eq!(ends.end(bytes.as_bytes()), expected, "{bytes:?}");
        }
        assert_eq!(ends.end_in_line(b"a,\"b\nc\"\n"), Err(Open::QuoteInLine));
        assert_eq!(ends.end_in_line(b"a,\"b\"\nc\"\n"), Ok(5));
        assert_eq!(ends.end_in_line(b"a,\"b"), Err(Open::Quote));
    }

    proptest! {
        #[test]
        fn the_end_is_a_line_feed_outside_quotes(bytes in "[a\",\r\n]{0,60}") {
            let mut ends = RecordEnds::new();
            if let Ok(end) = ends.end(bytes.as_bytes()) {
                prop_assert_eq!(bytes.as_bytes()[end], b'\n');
                // The record is closed, and no line feed before its end closes it.
                prop_assert_eq!(ends.end(&bytes.as_bytes()[..end]), Err(Open::Line));
            }
        }
    }
}
