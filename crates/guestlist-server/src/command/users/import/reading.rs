//! The thread that reads: it turns records into users, batch by batch, while the store writes the
//! previous batch. At most two batches wait, so the memory is bounded for any input.

use std::{io::Read, thread};

use anyhow::{Context, bail, ensure};
use guestlist::{Clock, Guestlist, ImportedUser, SystemClock};

use super::{
    csv::Csv,
    ndjson,
    one_document::is_one_document,
    rejects::Reject,
    row::Words,
    row_error::{Mistakes, RowError},
    source::{Framing, Record, Source},
};

/// The rows in one commit. Fewer are slower, because each commit writes pages all over the index of
/// addresses. More would delay a running server's writes; now it waits about a third of a second.
const ROWS: usize = 20_000;
/// Or the bytes of the file in one commit, if the rows are long.
const BYTES: u64 = 8 * 1024 * 1024;
/// The number of batches that are ready while one is written.
const WAITING: usize = 1;

/// The format of exports of Firebase and many other systems.
const ONE_DOCUMENT: &str = "this is one JSON document, but NDJSON has one object a line for each user: \
     convert a list with `jq -c '.[]'` or `jq -c '.users[]'`, and one user with `jq -c .`";

/// The records of one commit.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) users: Vec<ImportedUser>,
    /// Where each user comes from, in the same order.
    pub(super) marks: Vec<Mark>,
    pub(super) rejects: Vec<Reject>,
    /// The last line that was read.
    pub(super) last_line: u64,
    /// How many bytes of the file have been read.
    pub(super) bytes: u64,
}

/// Where a user comes from.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) line: u64,
    /// The record, if the row has an id, because the store may still refuse it.
    pub(super) record: Vec<u8>,
}

/// A file whose beginning was read: it has a format.
pub(super) struct Input {
    source: Source<Box<dyn Read + Send>>,
    format: Format,
    is_empty: bool,
}

impl Input {
    /// Finds out the format, and reads the header of CSV.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, is JSON in one piece, or its header cannot be used.
    pub(super) fn open(input: Box<dyn Read + Send>) -> anyhow::Result<Self> {
        let mut source = Source::new(input)?;
        let format = match source.first_byte()? {
            Some(b'{') => {
                let (line, is_last) = source.first_line()?;
                ensure!(!is_one_document(line, is_last), ONE_DOCUMENT);
                Format::Ndjson
            }
            Some(b'[') => bail!(ONE_DOCUMENT),
            _ => Format::Csv(header(&mut source)?.map(Box::new)),
        };
        let is_empty = source.is_blank()?;
        Ok(Self {
            source,
            format,
            is_empty,
        })
    }

    /// Whether there is a header or a row.
    pub(super) fn has_content(&self) -> bool {
        !matches!(self.format, Format::Csv(None))
    }

    /// Whether there is no user in the file.
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }
}

/// Starts to read. The thread ends with the file, or when its batches are not wanted any more.
pub(super) fn start(
    input: Input,
    from_line: u64,
    guestlist: Guestlist,
    takes_local: bool,
) -> anyhow::Result<flume::Receiver<anyhow::Result<Batch>>> {
    let (batches, receiver) = flume::bounded(WAITING);
    thread::Builder::new()
        .name("guestlist-import".to_owned())
        .spawn(move || {
            let mut reading = Reading {
                source: input.source,
                format: input.format,
                from_line,
                guestlist,
                takes_local,
                clock: SystemClock::new(),
            };
            let mut read = || {
                while let Some(batch) = reading.batch()? {
                    if batches.send(Ok(batch)).is_err() {
                        break;
                    }
                }
                Ok(())
            };
            if let Err(error) = read() {
                // The receiver may be gone; then the error is dropped.
                let _ = batches.send(Err(error));
            }
        })?;
    Ok(receiver)
}

/// Refuses an address of the local network, unless the import accepts those.
fn take(user: ImportedUser, takes_local: bool) -> Result<ImportedUser, Mistakes> {
    if user.email.is_local() && !takes_local {
        return Err(RowError::LocalAddress.into());
    }
    Ok(user)
}

struct Reading {
    source: Source<Box<dyn Read + Send>>,
    format: Format,
    from_line: u64,
    guestlist: Guestlist,
    takes_local: bool,
    clock: SystemClock,
}

enum Format {
    /// `None` if the input has no header because it is empty.
    Csv(Option<Box<Csv>>),
    Ndjson,
}

impl Reading {
    /// Reads the next batch; `None` at the end.
    fn batch(&mut self) -> anyhow::Result<Option<Batch>> {
        let (mut batch, began) = (Batch::default(), self.source.bytes());
        let now = self.clock.now();
        let framing = self.format.framing();
        let mut any = false;
        while batch.users.len() + batch.rejects.len() < ROWS && self.source.bytes() - began < BYTES
        {
            let Some(record) = self.source.next(framing)? else {
                break;
            };
            any = true;
            let blank = record.bytes.iter().all(u8::is_ascii_whitespace);
            if record.line < self.from_line || (blank && record.flaw.is_none()) {
                continue;
            }
            let kept = || record.bytes.to_vec();
            let user = self.format.words(&record).and_then(|mut words| {
                let user = words.read(now, &self.guestlist);
                let user = user.and_then(|user| take(user, self.takes_local));
                Ok((
                    user.map_err(|error| error.to_string())?,
                    words.names_an_id(),
                ))
            });
            match user {
                Ok((user, names_an_id)) => {
                    batch.users.push(user);
                    batch.marks.push(Mark {
                        line: record.line,
                        record: if names_an_id { kept() } else { Vec::new() },
                    });
                }
                Err(reason) => batch.rejects.push(Reject {
                    line: record.line,
                    reason,
                    record: kept(),
                }),
            }
        }
        batch.last_line = self.source.lines();
        batch.bytes = self.source.bytes();
        Ok(any.then_some(batch))
    }
}

/// Reads the header: the first record that is not blank. Excel writes `sep=,` in a line before it,
/// which is skipped.
fn header(source: &mut Source<impl Read>) -> anyhow::Result<Option<Csv>> {
    while let Some(record) = source.next(Framing::Csv)? {
        if let Some(flaw) = record.flaw {
            bail!("line {}, the header: {flaw}", record.line);
        }
        let text = record.bytes.trim_ascii();
        let text = text.strip_prefix(b"\"").unwrap_or(text);
        let separator = text.strip_prefix(b"sep=");
        if let Some([b',', rest @ ..]) = separator
            && matches!(rest, [] | [b'"'])
        {
            continue;
        }
        if separator.is_some() {
            bail!(
                "line {}: the fields are not separated by commas; save the file with commas between the fields, and \
                 remove this line",
                record.line
            );
        }
        if !text.is_empty() {
            let named = || format!("line {}", record.line);
            return Csv::new(record.bytes).with_context(named).map(Some);
        }
    }
    Ok(None)
}

impl Format {
    fn framing(&self) -> Framing {
        match self {
            Self::Csv(_) => Framing::Csv,
            Self::Ndjson => Framing::Lines,
        }
    }

    /// Reads the fields of a record, or returns what is wrong with it.
    fn words(&mut self, record: &Record<'_>) -> Result<Words<'_>, String> {
        if let Some(flaw) = record.flaw {
            return Err(flaw.to_string());
        }
        let words = match self {
            Self::Csv(Some(csv)) => csv.row(record.bytes),
            Self::Csv(None) => Ok(Words::default()),
            Self::Ndjson => ndjson::row(record.bytes),
        };
        words.map_err(|error: RowError| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn excels_line_with_the_separator_is_skipped_or_refused() {
        for line in ["sep=,\r\n", "\"sep=,\"\n", "\u{feff}sep=,\n"] {
            let file = format!("{line}email,name\nada@example.com,Ada\n");
            let input = Input::open(Box::new(io::Cursor::new(file))).expect(line);
            assert!(input.has_content() && !input.is_empty(), "{line}");
        }
        for line in ["sep=;", "sep=\t", "\"sep=;\""] {
            let file = format!("{line}\nemail;name\n");
            let refused = Input::open(Box::new(io::Cursor::new(file))).map(drop);
            let refused = refused.expect_err(line).to_string();
            assert!(
                refused.starts_with("line 1: ") && refused.ends_with("remove this line"),
                "{refused}"
            );
        }
    }
}
