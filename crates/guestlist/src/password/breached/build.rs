//! Builds the filter from a list, line by line: neither is held in memory.

mod part;

use std::{
    fs::File,
    io::{self, BufRead, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use part::Part;

use super::{BreachedPasswords, HEADER_BYTES, Header, Key, MAX_PREFIX_BITS, REST_BITS};

/// The average number of keys in a bucket.
const KEYS_PER_BUCKET: u64 = 256;
/// A filter is refused if it would take more than one in this many good passwords for breached
/// ones.
const FALSE_AT_MOST_ONE_IN: u64 = 1 << 14;
/// The longest valid line, in bytes: 40 digits, a colon, and a count of up to 20 digits.
const MAX_LINE: u64 = 64;
/// How many lines are read between two calls of `progress`.
const LINES_PER_STEP: u64 = 1 << 16;

/// The result of building a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltFilter {
    /// The number of lines with a hash.
    pub hashes: u64,
    /// The number of keys in the filter: without duplicates and rare passwords.
    pub keys: u64,
    /// The size of the file, in bytes.
    pub bytes: u64,
    /// One in this many good passwords is wrongly taken for a breached one.
    pub one_false_in: u64,
}

impl BreachedPasswords {
    /// Builds a filter from a list and puts it at `target` in one step, replacing an existing file.
    ///
    /// A line of the list is a SHA-1 hash in 40 hexadecimal digits, optionally followed by `:` and
    /// the number of times it was found. The lines must be sorted. Hashes that were found less than
    /// `min_count` times are left out. `expected` is roughly the number of hashes, and decides the
    /// size of the buckets; a list with far more is refused. `progress` is called now and then with
    /// the number of bytes read.
    ///
    /// The file is written as `target` with `.part` appended. It remains only if the process is
    /// killed, and the next build overwrites it.
    ///
    /// # Errors
    ///
    /// The list is invalid, or reading or writing fails; `target` is then unchanged.
    pub fn build(
        mut list: impl BufRead,
        expected: u64,
        min_count: u64,
        target: &Path,
        mut progress: impl FnMut(u64),
    ) -> Result<BuiltFilter, BreachedListError> {
        let prefix_bits = prefix_bits(expected);
        let mut filter = Writer::start(target, prefix_bits)?;
        let (mut text, mut number, mut bytes, mut hashes) = (Vec::new(), 0, 0, 0);
        let mut above = [0; 20];
        loop {
            text.clear();
            let mut line = list.by_ref().take(MAX_LINE);
            let read = line.read_until(b'\n', &mut text)?;
            if read == 0 {
                break;
            }
            number += 1;
            bytes += u64::try_from(read).unwrap_or_default();
            if number % LINES_PER_STEP == 0 {
                progress(bytes);
            }
            let text = text.trim_ascii_end();
            if text.is_empty() {
                continue;
            }
            let line = Line::parse(text).ok_or(BreachedListError::Malformed(number))?;
            if line.hash < above {
                return Err(BreachedListError::Unsorted(number));
            }
            above = line.hash;
            hashes += 1;
            if min_count > 1 && line.count.ok_or(BreachedListError::NoCount(number))? < min_count {
                continue;
            }
            if let Some(key) = Key::of(&line.hash, prefix_bits) {
                filter.add(key)?;
            }
        }
        progress(bytes);
        if filter.keys == 0 {
            return Err(BreachedListError::Empty);
        }
        let one_false_in = (1 << (prefix_bits + REST_BITS)) / filter.keys;
        if one_false_in < FALSE_AT_MOST_ONE_IN {
            return Err(BreachedListError::Coarse {
                one_false_in,
                keys: filter.keys,
                expected,
            });
        }
        let header = filter.finish(target)?;
        Ok(BuiltFilter {
            hashes,
            keys: header.keys,
            bytes: header.file_bytes().unwrap_or_default(),
            one_false_in,
        })
    }
}

/// Returns the number of bits that gives buckets of the wanted size, or one bit more.
pub(super) fn prefix_bits(expected: u64) -> u32 {
    let buckets = expected.div_ceil(KEYS_PER_BUCKET).max(1);
    buckets
        .next_power_of_two()
        .trailing_zeros()
        .min(MAX_PREFIX_BITS)
}

struct Line {
    hash: [u8; 20],
    count: Option<u64>,
}

impl Line {
    fn parse(text: &[u8]) -> Option<Self> {
        let (digits, count) = text.split_first_chunk::<40>()?;
        let mut hash = [0; 20];
        for (byte, [high, low]) in hash.iter_mut().zip(digits.as_chunks().0) {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        let count = match count {
            [] => None,
            [b':', count @ ..] if count.iter().all(u8::is_ascii_digit) => {
                Some(str::from_utf8(count).ok()?.parse().ok()?)
            }
            _ => return None,
        };
        Some(Self { hash, count })
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Writes the keys and the index at two places of one file.
struct Writer {
    part: Part,
    index: BufWriter<File>,
    rests: BufWriter<File>,
    prefix_bits: u32,
    keys: u64,
    last: Option<Key>,
    /// How many buckets are in the index.
    placed: u64,
}

impl Writer {
    fn start(target: &Path, prefix_bits: u32) -> io::Result<Self> {
        let (part, mut rests) = Part::create(target)?;
        let mut index = File::options().write(true).open(part.path())?;
        let header = Header {
            prefix_bits,
            keys: 0,
        };
        index.seek(SeekFrom::Start(HEADER_BYTES))?;
        rests.seek(SeekFrom::Start(HEADER_BYTES + header.index_bytes()))?;
        Ok(Self {
            part,
            index: BufWriter::new(index),
            rests: BufWriter::with_capacity(1 << 18, rests),
            prefix_bits,
            keys: 0,
            last: None,
            placed: 0,
        })
    }

    fn add(&mut self, key: Key) -> io::Result<()> {
        if self.last == Some(key) {
            return Ok(());
        }
        self.place(key.bucket)?;
        self.rests.write_all(&key.rest)?;
        self.last = Some(key);
        self.keys += 1;
        Ok(())
    }

    /// Writes the index up to and including this bucket.
    fn place(&mut self, bucket: u64) -> io::Result<()> {
        while self.placed <= bucket {
            self.index.write_all(&self.keys.to_le_bytes())?;
            self.placed += 1;
        }
        Ok(())
    }

    /// The header is written last, so that a truncated file is refused.
    fn finish(mut self, target: &Path) -> io::Result<Header> {
        self.place(1 << self.prefix_bits)?;
        let header = Header {
            prefix_bits: self.prefix_bits,
            keys: self.keys,
        };
        self.rests.flush()?;
        self.index.seek(SeekFrom::Start(0))?;
        self.index.write_all(&header.to_bytes())?;
        self.index.flush()?;
        self.index.get_ref().sync_all()?;
        self.part.becomes(target)?;
        Ok(header)
    }
}

/// Why no filter was built. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum BreachedListError {
    /// A line is malformed.
    #[error(
        "line {0} is not a SHA-1 hash of 40 hexadecimal digits, optionally with a colon and a count"
    )]
    Malformed(u64),
    /// A line is not in order.
    #[error("line {0} must come before the line above it; sort the list: LC_ALL=C sort FILE")]
    Unsorted(u64),
    /// A line has no count, and `min_count` needs one.
    #[error("line {0} has no count, which the minimum count needs")]
    NoCount(u64),
    /// The list has no hash to include.
    #[error("the list has no hash that was found often enough")]
    Empty,
    /// The list has many more hashes than expected, or than a filter can hold: too many good
    /// passwords would be refused.
    #[error(
        "the filter would take one good password in {one_false_in} for a breached one: the list has {keys} \
         hashes, and about {expected} were expected"
    )]
    Coarse {
        /// One in this many good passwords would be refused.
        one_false_in: u64,
        /// The number of keys that the filter would have.
        keys: u64,
        /// The number that the caller expected.
        expected: u64,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
