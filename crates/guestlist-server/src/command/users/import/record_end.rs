//! Finds where a record of CSV ends (RFC 4180, section 2). `csv-core` decides what is quoted, as it
//! does when the record is split into fields.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// What is not closed at the end of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Open {
    Line,
    Quote,
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
        self.reader.reset();
        match self.read(bytes) {
            Some(read) => Ok(read - 1),
            // A line feed ends the record, unless it is quoted.
            None => Err(match self.read(b"\n") {
                Some(_) => Open::Line,
                None => Open::Quote,
            }),
        }
    }

    /// Returns the position of the first line feed, which has to end the record.
    pub(super) fn end_in_line(&mut self, bytes: &[u8]) -> Result<usize, Open> {
        let line = end_of_line(bytes);
        let Some(end) = line.filter(|_| has_quote(bytes, line)) else {
            return self.end(bytes);
        };
        self.reader.reset();
        match self.read(&bytes[..=end]) {
            Some(_) => Ok(end),
            None => Err(Open::QuoteInLine),
        }
    }

    /// Reads on in the record. Returns how many bytes belong to it if it ends, its line feed
    /// included.
    fn read(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut read = 0;
        loop {
            let (result, more, _, _) =
                self.reader
                    .read_record(&bytes[read..], &mut self.text, &mut self.ends);
            read += more;
            match result {
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::Record => return Some(read),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return None,
            }
        }
    }
}

/// Whether the first line has a quote. Without one, its end ends the record.
fn has_quote(bytes: &[u8], line: Option<usize>) -> bool {
    bytes[..line.unwrap_or(bytes.len())].contains(&b'"')
}

/// Returns the position of the line feed.
pub(super) fn end_of_line(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
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
        ] {
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
