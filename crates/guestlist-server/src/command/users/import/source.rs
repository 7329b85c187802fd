//! Records of a file or a stream, one at a time, never more than a bounded part of it in memory.
//!
//! A line ends in LF or CRLF. In CSV a quoted field may hold line ends (RFC 4180, section 2); a quote
//! that is not closed costs its own line, and in the 64 KiB that were searched for its end no other record
//! goes beyond its line. What a record says is not looked at here.

use std::io::{self, Read};

/// No record is longer.
pub(super) const MAX_RECORD: usize = 64 * 1024;
/// So much is kept of one that is.
const KEPT: usize = 1024;
/// So much is read at once.
const CHUNK: usize = 4 * MAX_RECORD;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// With its line.
    Lines,
    /// With its line, unless a field in quotes goes on.
    Csv,
}

/// What may be wrong with a record as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("the line is longer than 64 KiB")]
    TooLong,
    #[error("a quote is opened and not closed again within 64 KiB")]
    OpenQuote,
}

/// One record, without its line end.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// The line it begins in; the first one is 1.
    pub(super) line: u64,
    pub(super) bytes: &'a [u8],
    pub(super) flaw: Option<Flaw>,
}

/// Cuts what it reads into records.
pub(super) struct Source<R> {
    input: R,
    buffer: Vec<u8>,
    /// What is in the buffer and was not handed out.
    start: usize,
    end: usize,
    at_end: bool,
    /// How many lines were handed out.
    lines: u64,
    /// How many bytes were.
    bytes: u64,
    long: Vec<u8>,
    /// Of how many bytes it is known that a quote before them is closed nowhere among them. A record
    /// that begins there ends with its line: whoever looked for the end of each anew would look
    /// through 64 KiB a line.
    searched: u64,
    /// How many bytes were looked at to find where records end.
    #[cfg(test)]
    looked_at: usize,
}

impl<R: Read> Source<R> {
    /// Skips a byte order mark.
    pub(super) fn new(input: R) -> io::Result<Self> {
        let mut source = Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            at_end: false,
            lines: 0,
            bytes: 0,
            long: Vec::new(),
            searched: 0,
            #[cfg(test)]
            looked_at: 0,
        };
        while source.unread().len() < BYTE_ORDER_MARK.len() && !source.at_end {
            source.fill()?;
        }
        if source.unread().starts_with(BYTE_ORDER_MARK) {
            source.take(BYTE_ORDER_MARK.len());
        }
        Ok(source)
    }

    /// The first byte that is not blank, if there is one near the beginning.
    pub(super) fn first_byte(&mut self) -> io::Result<Option<u8>> {
        loop {
            let first = self
                .unread()
                .iter()
                .find(|byte| !byte.is_ascii_whitespace());
            if first.is_some() || self.at_end || self.unread().len() > MAX_RECORD {
                return Ok(first.copied());
            }
            self.fill()?;
        }
    }

    /// Whether what begins in the first line that is not blank ends in a later one, as far as its last
    /// character shows: JSON over several lines.
    pub(super) fn first_line_goes_on(&self) -> bool {
        let mut lines = self.unread().split(|byte| *byte == b'\n');
        let first = lines.find_map(|line| line.trim_ascii().last());
        matches!(first, Some(b'{' | b'[' | b','))
    }

    /// How many lines were handed out.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// How many bytes were.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next record.
    pub(super) fn next(&mut self, framing: Framing) -> io::Result<Option<Record<'_>>> {
        loop {
            let unread = self.unread();
            let seen = unread.len().min(MAX_RECORD + 1);
            let ended = end_of_record(&unread[..seen], framing, self.bytes < self.searched);
            #[cfg(test)]
            {
                let looked_at = match ended {
                    Ok(end) => end,
                    Err(Open::QuoteInLine) => end_of_line(unread).unwrap_or(seen),
                    Err(Open::Line | Open::Quote) => seen,
                };
                self.looked_at += looked_at;
            }
            match ended {
                Ok(end) => return Ok(Some(self.whole(end, end + 1, None))),
                Err(Open::QuoteInLine) => return self.flawed().map(Some),
                Err(_) if seen <= MAX_RECORD && !self.at_end => self.fill()?,
                Err(_) if seen == 0 => return Ok(None),
                // The last line may come without its end.
                Err(Open::Line) if seen <= MAX_RECORD => {
                    return Ok(Some(self.whole(seen, seen, None)));
                }
                Err(Open::Line) => return self.flawed().map(Some),
                Err(Open::Quote) => {
                    self.searched = self.bytes + u64::try_from(seen).unwrap_or(u64::MAX);
                    return self.flawed().map(Some);
                }
            }
        }
    }

    fn whole(&mut self, end: usize, taken: usize, flaw: Option<Flaw>) -> Record<'_> {
        let (line, start) = (self.lines + 1, self.start);
        self.take(taken);
        let bytes = &self.buffer[start..start + end];
        let unended = u64::from(taken == end);
        self.lines += count_line_ends(&self.buffer[start..start + taken]) + unended;
        Record {
            line,
            bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
            flaw,
        }
    }

    /// One line alone, of which something is wrong.
    fn flawed(&mut self) -> io::Result<Record<'_>> {
        let unread = self.unread();
        let line = &unread[..unread.len().min(MAX_RECORD + 1)];
        if let Some(end) = end_of_line(line) {
            return Ok(self.whole(end, end + 1, Some(Flaw::OpenQuote)));
        }
        if line.len() <= MAX_RECORD {
            let end = line.len();
            return Ok(self.whole(end, end, Some(Flaw::OpenQuote)));
        }
        self.long = line[..KEPT].to_vec();
        loop {
            let unread = self.unread();
            let end = end_of_line(unread).map(|end| end + 1);
            let (ended, taken) = (end.is_some(), end.unwrap_or(unread.len()));
            self.take(taken);
            if ended || self.at_end {
                break;
            }
            self.fill()?;
        }
        self.lines += 1;
        Ok(Record {
            line: self.lines,
            bytes: &self.long,
            flaw: Some(Flaw::TooLong),
        })
    }

    fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    fn take(&mut self, bytes: usize) {
        self.start += bytes;
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.buffer.resize(self.end + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.end += read;
        self.at_end = read == 0;
        Ok(())
    }
}

/// What is not ended.
enum Open {
    Line,
    Quote,
    /// A quote at the end of the line, where none may go on.
    QuoteInLine,
}

/// Where the line feed is that ends the record; or the first one, if a record has to end there.
fn end_of_record(bytes: &[u8], framing: Framing, in_its_line: bool) -> Result<usize, Open> {
    let line = end_of_line(bytes);
    let first_line = &bytes[..line.unwrap_or(bytes.len())];
    if framing == Framing::Lines || !first_line.contains(&b'"') {
        return line.ok_or(Open::Line);
    }
    let mut at = At::FieldStart;
    for (position, byte) in bytes.iter().enumerate() {
        at = match (at, byte) {
            (At::Quoted, b'\n') if in_its_line => return Err(Open::QuoteInLine),
            (At::Quoted, b'"') => At::QuoteInQuotes,
            (At::Quoted, _) => At::Quoted,
            (_, b'\n') => return Ok(position),
            (At::FieldStart | At::QuoteInQuotes, b'"') => At::Quoted,
            (_, b',') => At::FieldStart,
            _ => At::Field,
        };
    }
    Err(match at {
        At::Quoted => Open::Quote,
        _ => Open::Line,
    })
}

/// Where the line feed is.
fn end_of_line(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n')
}

#[derive(Clone, Copy)]
enum At {
    FieldStart,
    Field,
    Quoted,
    /// It ends the field, unless another quote follows.
    QuoteInQuotes,
}

fn count_line_ends(bytes: &[u8]) -> u64 {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(ends).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hands out so many bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.1.min(buffer.len());
            self.0.read(&mut buffer[..size])
        }
    }

    type Seen = (u64, Vec<u8>, Option<Flaw>);

    fn records(input: &[u8], framing: Framing, at_once: usize) -> Vec<Seen> {
        let mut source = Source::new(Slow(input, at_once)).expect("reads");
        let mut seen = Vec::new();
        while let Some(record) = source.next(framing).expect("reads") {
            seen.push((record.line, record.bytes.to_vec(), record.flaw));
        }
        assert_eq!(source.bytes(), u64::try_from(input.len()).unwrap());
        seen
    }

    fn whole(line: u64, bytes: &[u8]) -> Seen {
        (line, bytes.to_vec(), None)
    }

    #[test]
    fn lines_end_in_lf_or_crlf_or_the_end_and_a_byte_order_mark_is_none_of_them() {
        for at_once in [1, 2, 7, CHUNK] {
            let seen = records(b"\xef\xbb\xbfa\r\n\nb\"\nc", Framing::Lines, at_once);
            let expected = [
                whole(1, b"a"),
                whole(2, b""),
                whole(3, b"b\""),
                whole(4, b"c"),
            ];
            assert_eq!(seen, expected);
            assert_eq!(records(b"", Framing::Csv, at_once), []);
            assert_eq!(
                records(b"\xef\xbb", Framing::Csv, at_once),
                [whole(1, b"\xef\xbb")]
            );
        }
    }

    #[test]
    fn json_over_several_lines_is_told_from_one_object_a_line() {
        for (input, goes_on) in [
            ("", false),
            ("\n{\"email\":\"a@b.co\"}\n{\n", false),
            ("{\"email\":\"a@b", false),
            ("\r\n{\r\n  \"email\"", true),
            ("{\"users\": [\n", true),
            ("{\"a\":1,\n\"b\":2}", true),
        ] {
            let mut source = Source::new(input.as_bytes()).expect("reads");
            source.first_byte().expect("reads");
            assert_eq!(source.first_line_goes_on(), goes_on, "{input}");
        }
    }

    #[test]
    fn a_quoted_field_may_hold_line_ends_and_quotes() {
        let input = b"a,\"b\n\"\"c\"\"\r\nd\"\ne,f\"g\n\"h\"i\"\nj\n";
        let expected = [
            whole(1, b"a,\"b\n\"\"c\"\"\r\nd\""),
            whole(4, b"e,f\"g"),
            whole(5, b"\"h\"i\""),
            whole(6, b"j"),
        ];
        for at_once in [1, 3, CHUNK] {
            assert_eq!(records(input, Framing::Csv, at_once), expected);
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_its_own_line_alone() {
        let flawed = |line, bytes: &[u8]| (line, bytes.to_vec(), Some(Flaw::OpenQuote));
        let at_the_end = records(b"a\n\"b\nc\n\"d", Framing::Csv, CHUNK);
        // The quote of the last line closes the one before it.
        assert_eq!(at_the_end, [whole(1, b"a"), whole(2, b"\"b\nc\n\"d")]);
        let seen = records(b"a\n\"b\nc\nd", Framing::Csv, CHUNK);
        assert_eq!(
            seen,
            [
                whole(1, b"a"),
                flawed(2, b"\"b"),
                whole(3, b"c"),
                whole(4, b"d")
            ]
        );
        assert_eq!(
            records(b"x,\"b", Framing::Csv, CHUNK),
            [flawed(1, b"x,\"b")]
        );
        let mut input = b"\"b\r\n".to_vec();
        for _ in 0..MAX_RECORD {
            input.extend(b"c\n");
        }
        let seen = records(&input, Framing::Csv, CHUNK);
        assert_eq!(seen[..2], [flawed(1, b"\"b"), whole(2, b"c")]);
        assert_eq!(seen.len(), MAX_RECORD + 1);
    }

    #[test]
    fn a_file_of_open_quotes_is_looked_through_twice_and_not_once_a_line() {
        // The quote of each line is closed in the next one, which opens another.
        let lines = 100_000;
        let input = "x\",\"y\n".repeat(lines);
        for at_once in [10_000, CHUNK] {
            let mut source = Source::new(Slow(input.as_bytes(), at_once)).expect("reads");
            let mut flawed = 0;
            while let Some(record) = source.next(Framing::Csv).expect("reads") {
                assert_eq!(record.bytes, b"x\",\"y");
                flawed += usize::from(record.flaw == Some(Flaw::OpenQuote));
            }
            assert_eq!(flawed, lines);
            // A record is looked at anew when more of it was read.
            let anew = MAX_RECORD / at_once + 1;
            assert!(
                source.looked_at <= (2 + anew) * input.len(),
                "{} bytes of {}",
                source.looked_at,
                input.len()
            );
        }
    }

    #[test]
    fn after_an_open_quote_a_line_is_read_if_it_is_whole_by_itself() {
        let flawed = |line, bytes: &[u8]| (line, bytes.to_vec(), Some(Flaw::OpenQuote));
        let input = b"a,\"b\nc,\"\"\nx\",\"y\n";
        let expected = [
            flawed(1, b"a,\"b"),
            whole(2, b"c,\"\""),
            flawed(3, b"x\",\"y"),
        ];
        assert_eq!(records(input, Framing::Csv, CHUNK), expected);
    }

    #[test]
    fn a_line_that_is_too_long_is_never_held_whole_and_the_next_one_is_read() {
        for framing in [Framing::Lines, Framing::Csv] {
            for (length, flaw) in [
                (MAX_RECORD, None),
                (MAX_RECORD + 1, Some(Flaw::TooLong)),
                (1 << 20, Some(Flaw::TooLong)),
            ] {
                let mut input = vec![b'x'; length];
                input.extend(b"\nnext\n");
                let seen = records(&input, framing, CHUNK);
                let kept = if flaw.is_some() { KEPT } else { length };
                assert_eq!(seen, [(1, vec![b'x'; kept], flaw), whole(2, b"next")]);
                let seen = records(&vec![b'x'; length], framing, CHUNK);
                assert_eq!(seen, [(1, vec![b'x'; kept], flaw)]);
            }
        }
        let mut input = b"\"".to_vec();
        input.resize(1 << 20, b'x');
        input.extend(b"\nnext");
        let seen = records(&input, Framing::Csv, 1000);
        assert_eq!(
            (seen[0].2, &seen[1]),
            (Some(Flaw::TooLong), &whole(2, b"next"))
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_lines_are_counted_as_an_editor_does(
            input in "[a\",\r\n]{0,60}",
            at_once in 1_usize..9,
        ) {
            for framing in [Framing::Lines, Framing::Csv] {
                let seen = records(input.as_bytes(), framing, at_once);
                prop_assert_eq!(&seen, &records(input.as_bytes(), framing, CHUNK));
                for (line, bytes, _) in &seen {
                    let start = input.split_inclusive('\n').take(usize::try_from(line - 1).unwrap());
                    let start: usize = start.map(str::len).sum();
                    prop_assert!(input.as_bytes()[start..].starts_with(bytes));
                }
            }
        }
    }
}
