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
mod tests;
