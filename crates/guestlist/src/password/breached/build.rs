//! Makes the filter from a list, a line at a time: neither the list nor the filter is held in memory.

mod part;

use std::{
    fs::File,
    io::{self, BufRead, BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

use part::Part;

use super::{BreachedPasswords, HEADER_BYTES, Header, Key, MAX_PREFIX_BITS, REST_BITS};

/// Buckets hold about so many keys.
const KEYS_PER_BUCKET: u64 = 256;
/// A filter that takes more good passwords than one in so many for breached ones is not made.
const FALSE_AT_MOST_ONE_IN: u64 = 1 << 14;
/// The longest line there is has 40 digits, a colon, and a count of up to 20.
const MAX_LINE: u64 = 64;
/// How often somebody hears how far it is.
const LINES_PER_STEP: u64 = 1 << 16;

/// What came of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltFilter {
    /// How many lines with a hash the list has.
    pub hashes: u64,
    /// How many keys the filter holds: duplicates and what was too rare are not in it.
    pub keys: u64,
    /// How large the file is.
    pub bytes: u64,
    /// One good password in so many is taken for a breached one.
    pub one_false_in: u64,
}

impl BreachedPasswords {
    /// Makes a filter of a list and puts it at `target` in one step, in place of what is there.
    ///
    /// A line of the list is a SHA-1 hash in 40 hexadecimal digits and perhaps `:` and how often it
    /// was found. The lines are in the order of the hashes. Whatever was found less often than
    /// `min_count` is dropped. `expected` is about how many there are, and decides how large the
    /// buckets become: a list with far more makes no filter. `progress` is told now and then how many
    /// bytes of the list were read.
    ///
    /// The file grows as `target` with `.part` after its name. It stays behind only if the process is
    /// killed, and the next one writes over it.
    ///
    /// # Errors
    ///
    /// The list is no such list, or something cannot be read or written; `target` is then as it was.
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

/// As many that buckets hold what they should, and one bit more at most.
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

/// Writes the keys and their index as they come, at two places of one file.
struct Writer {
    part: Part,
    index: BufWriter<File>,
    rests: BufWriter<File>,
    prefix_bits: u32,
    keys: u64,
    last: Option<Key>,
    /// How many buckets have their place in the index.
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

    /// Every bucket up to that one begins here, or has begun.
    fn place(&mut self, bucket: u64) -> io::Result<()> {
        while self.placed <= bucket {
            self.index.write_all(&self.keys.to_le_bytes())?;
            self.placed += 1;
        }
        Ok(())
    }

    /// The header comes last, so that half a file is none.
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

/// Why a list made no filter. Lines count from 1.
#[derive(Debug, thiserror::Error)]
pub enum BreachedListError {
    /// A line is something else.
    #[error(
        "line {0} is no SHA-1 hash of 40 hexadecimal digits, with a colon and a count after it perhaps"
    )]
    Malformed(u64),
    /// A line belongs further up.
    #[error("line {0} belongs above the one before it; sort the list: LC_ALL=C sort FILE")]
    Unsorted(u64),
    /// A line does not say how often the password was found.
    #[error("line {0} has no count, so nobody can tell what is too rare")]
    NoCount(u64),
    /// No line is left.
    #[error("the list has no hash that is common enough")]
    Empty,
    /// It has so many more than was expected, or than any filter can hold, that too many good
    /// passwords would be refused.
    #[error(
        "one good password in {one_false_in} would be taken for a breached one: the list has {keys} \
         hashes, and about {expected} were expected"
    )]
    Coarse {
        /// One good password in so many.
        one_false_in: u64,
        /// How many keys the filter would hold.
        keys: u64,
        /// How many the caller had said there are.
        expected: u64,
    },
    /// Something cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}
