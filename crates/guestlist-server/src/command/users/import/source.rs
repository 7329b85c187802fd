//! Reads records from a file or a stream, one at a time, with bounded memory.
//!
//! A line ends in LF or CRLF. In CSV a quoted field may contain line breaks (RFC 4180, section 2).
//! If a quote is not closed within 64 KiB, only its own line is refused. The same holds if text
//! follows the quote that closes it in a later line. The next records up to there end with their
//! lines. The contents of records are not checked here.

use std::io::{self, Read};

use super::record_end::{BYTE_ORDER_MARK, Open, RecordEnds, end_of_line};

/// The longest record, in bytes.
pub(super) const MAX_RECORD: usize = 64 * 1024;
/// How much of a longer record is kept, in bytes.
const KEPT: usize = 1024;
/// How much is read at once, in bytes.
const CHUNK: usize = 4 * MAX_RECORD;

/// How a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// At the end of its line.
    Lines,
    /// At the end of its line, unless a quoted field continues.
    Csv,
}

/// A problem with a record as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("the line is longer than 64 KiB")]
    TooLong,
    #[error("a quote is not closed within 64 KiB")]
    OpenQuote,
    #[error("a quote is not closed before the end of the file")]
    OpenToTheEnd,
    #[error(
        "a quote is not closed: text follows the next quote, in line {0}, so that one does not close it"
    )]
    TextBehindQuote(u64),
}

/// A record without its line break.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// The line in which it begins; the first one is 1.
    pub(super) line: u64,
    pub(super) bytes: &'a [u8],
    pub(super) flaw: Option<Flaw>,
}

/// Splits its input into records.
pub(super) struct Source<R> {
    input: R,
    buffer: Vec<u8>,
    /// The range of the buffer that was not returned yet.
    start: usize,
    end: usize,
    at_end: bool,
    /// The number of lines returned.
    lines: u64,
    /// The number of bytes returned.
    bytes: u64,
    long: Vec<u8>,
    record_ends: RecordEnds,
    /// Up to this byte, no open quote is closed, or it is closed before text. A record that begins
    /// before it ends with its line. Without this, each line would be searched for 64 KiB again.
    searched: u64,
    /// What is wrong with a line before that byte whose quote is open.
    open: Flaw,
    /// The number of bytes examined to find the ends of records.
    #[cfg(test)]
    looked_at: usize,
}

impl<R: Read> Source<R> {
    /// Creates a source, and skips a byte order mark.
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
            record_ends: RecordEnds::new(),
            searched: 0,
            open: Flaw::OpenQuote,
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

    /// Returns the first byte that is not blank, if there is one near the beginning.
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

    /// Whether nothing but blanks is left to return.
    pub(super) fn is_blank(&mut self) -> io::Result<bool> {
        Ok(self.first_byte()?.is_none() && self.at_end)
    }

    /// Returns the first line that is not blank, and whether no other one follows. Of a line that
    /// is too long for a record, only the beginning may be there.
    pub(super) fn first_line(&mut self) -> io::Result<(&[u8], bool)> {
        loop {
            let unread = self.unread().trim_ascii_start();
            let end = end_of_line(unread).unwrap_or(unread.len());
            let is_last = unread[end..].trim_ascii_start().is_empty();
            if self.at_end || !is_last || unread.len() > MAX_RECORD {
                break;
            }
            self.fill()?;
        }
        let unread = self.unread().trim_ascii_start();
        let end = end_of_line(unread).unwrap_or(unread.len());
        let is_last = unread[end..].trim_ascii_start().is_empty();
        Ok((&unread[..end], is_last && self.at_end))
    }

    /// Returns the number of lines returned.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Returns the number of bytes returned.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the next record.
    pub(super) fn next(&mut self, framing: Framing) -> io::Result<Option<Record<'_>>> {
        loop {
            let unread = &self.buffer[self.start..self.end];
            let seen = unread.len().min(MAX_RECORD + 1);
            let ended = match framing {
                Framing::Lines => end_of_line(&unread[..seen]).ok_or(Open::Line),
                Framing::Csv if self.bytes < self.searched => {
                    self.record_ends.end_in_line(&unread[..seen])
                }
                Framing::Csv => self.record_ends.end(&unread[..seen]),
            };
            #[cfg(test)]
            {
                let looked_at = match ended {
                    Ok(end) => end,
                    Err(Open::QuoteInLine) => end_of_line(unread).unwrap_or(seen),
                    Err(Open::TextBehindQuote { line }) => {
                        line + end_of_line(&unread[line..]).unwrap_or(0)
                    }
                    Err(Open::Line | Open::Quote) => seen,
                };
                self.looked_at += looked_at;
            }
            match ended {
                Ok(end) => return Ok(Some(self.whole(end, end + 1, None))),
                Err(Open::QuoteInLine) => return self.flawed(self.open).map(Some),
                Err(Open::TextBehindQuote { line }) => {
                    let number = self.lines + 1 + count_line_ends(&unread[..line]);
                    self.open = Flaw::TextBehindQuote(number);
                    self.searched = self.bytes + u64::try_from(line).unwrap_or(u64::MAX);
                    return self.flawed(self.open).map(Some);
                }
                Err(_) if seen <= MAX_RECORD && !self.at_end => self.fill()?,
                Err(_) if seen == 0 => return Ok(None),
                // The last line may have no line break.
                Err(Open::Line) if seen <= MAX_RECORD => {
                    return Ok(Some(self.whole(seen, seen, None)));
                }
                Err(Open::Line) => return self.flawed(Flaw::OpenQuote).map(Some),
                Err(Open::Quote) => {
                    self.open = match seen <= MAX_RECORD {
                        true => Flaw::OpenToTheEnd,
                        false => Flaw::OpenQuote,
                    };
                    self.searched = self.bytes + u64::try_from(seen).unwrap_or(u64::MAX);
                    return self.flawed(self.open).map(Some);
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

    /// Returns one line alone as a record with this problem, or as one that is too long.
    fn flawed(&mut self, flaw: Flaw) -> io::Result<Record<'_>> {
        let unread = self.unread();
        let line = &unread[..unread.len().min(MAX_RECORD + 1)];
        if let Some(end) = end_of_line(line) {
            return Ok(self.whole(end, end + 1, Some(flaw)));
        }
        if line.len() <= MAX_RECORD {
            let end = line.len();
            return Ok(self.whole(end, end, Some(flaw)));
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

fn count_line_ends(bytes: &[u8]) -> u64 {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(ends).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
