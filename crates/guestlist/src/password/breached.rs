//! Leaked passwords, as a filter in one file that is read in place and never loaded.
//!
//! The file is built once from a list of SHA-1 hashes ([`build`](BreachedPasswords::build)). It
//! contains `p + 24` bits of each hash: `p` bits select a bucket, and the bucket stores the other
//! 24. All numbers except these 24 bits are little-endian.
//!
//! | bytes | content |
//! |---|---|
//! | 16 | `guestlist-breach` |
//! | 4 | the version of this format, 1 |
//! | 4 | `p`, 0 to 24 |
//! | 8 | the number of keys |
//! | 8 · (2^p + 1) | for each bucket the number of keys before it; then the number of all keys |
//! | 3 · keys | bits `p` to `p + 24` of each hash, big-endian, sorted |
//!
//! A look-up is two reads, of the index and of the bucket: about a kilobyte. `p` is chosen for 256
//! keys a bucket; then one good password in 65,536 is wrongly taken for a breached one. A filter
//! reveals no more about its passwords than their SHA-1 hashes do.

mod build;
mod source;

pub use build::{BreachedListError, BuiltFilter};

use std::{fs::File, io, path::Path};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use self::source::Source;
use super::Password;

const MAGIC: [u8; 16] = *b"guestlist-breach";
const VERSION: u32 = 1;
const MAX_PREFIX_BITS: u32 = 24;
const REST_BITS: u32 = 24;
const HEADER_BYTES: u64 = 32;
const INDEX_ENTRY_BYTES: u64 = 8;
const KEY_BYTES: u64 = 3;

/// A filter of breached passwords. A look-up blocks the thread while the disk is read.
#[derive(Debug)]
pub struct BreachedPasswords {
    source: Source,
    header: Header,
}

impl BreachedPasswords {
    /// Opens a filter. The filter does not notice later changes of the file. To use another list,
    /// replace the file and open it again.
    ///
    /// # Errors
    ///
    /// The file cannot be read. With [`io::ErrorKind::InvalidData`] it is not a filter of this
    /// version, or it is truncated.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let source = Source::new(file);
        let mut start = [0; 32];
        let too_short = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("it is too short"),
            _ => error,
        };
        source.read_exact_at(&mut start, 0).map_err(too_short)?;
        let header = Header::parse(&start)?;
        if header.file_bytes() != Some(length) {
            return Err(damaged("its length differs from its header"));
        }
        Ok(Self { source, header })
    }

    /// Whether the password is in the list that the filter was built from. Of passwords that are
    /// not in the list, one in [`BuiltFilter::one_false_in`] gets `true` by mistake.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or its content is invalid.
    pub fn contains(&self, password: &Password) -> io::Result<bool> {
        self.contains_hash(digest(&SHA1_FOR_LEGACY_USE_ONLY, password.expose().as_bytes()).as_ref())
    }

    /// Does the same for a password's SHA-1.
    fn contains_hash(&self, sha1: &[u8]) -> io::Result<bool> {
        let Some(key) = Key::of(sha1, self.header.prefix_bits) else {
            return Err(damaged("a hash has 20 bytes"));
        };
        let mut place = [0; 16];
        let entry = HEADER_BYTES + INDEX_ENTRY_BYTES * key.bucket;
        self.source.read_exact_at(&mut place, entry)?;
        let [start, end] = [&place[..8], &place[8..]].map(number);
        let bucket = end.checked_sub(start).filter(|_| end <= self.header.keys);
        // A bucket cannot have more keys than there are values of 24 bits.
        let Some(bucket) = bucket.filter(|keys| *keys <= 1 << REST_BITS) else {
            return Err(damaged("its index is invalid"));
        };
        let bytes = usize::try_from(KEY_BYTES * bucket).map_err(io::Error::other)?;
        let mut rests = vec![0; bytes];
        let keys = HEADER_BYTES + self.header.index_bytes();
        self.source
            .read_exact_at(&mut rests, keys + KEY_BYTES * start)?;
        Ok(rests.as_chunks().0.contains(&key.rest))
    }
}

/// The part of a hash that the filter stores.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    bucket: u64,
    rest: [u8; 3],
}

impl Key {
    fn of(sha1: &[u8], prefix_bits: u32) -> Option<Self> {
        let first: [u8; 8] = *sha1.first_chunk()?;
        let key = u64::from_be_bytes(first) >> (u64::BITS - prefix_bits - REST_BITS);
        let [.., a, b, c] = key.to_be_bytes();
        Some(Self {
            bucket: key >> REST_BITS,
            rest: [a, b, c],
        })
    }
}

/// The file's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    prefix_bits: u32,
    keys: u64,
}

impl Header {
    fn parse(bytes: &[u8; 32]) -> io::Result<Self> {
        let (magic, rest) = bytes.split_at(MAGIC.len());
        let [version, prefix_bits, keys] = [&rest[..4], &rest[4..8], &rest[8..]].map(number);
        if magic != MAGIC {
            return Err(damaged("its first bytes are wrong"));
        }
        if version != u64::from(VERSION) {
            return Err(damaged("it has another version"));
        }
        match u32::try_from(prefix_bits) {
            Ok(prefix_bits) if prefix_bits <= MAX_PREFIX_BITS => Ok(Self { prefix_bits, keys }),
            _ => Err(damaged("its header is invalid")),
        }
    }

    fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&MAGIC);
        bytes[16..20].copy_from_slice(&VERSION.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.prefix_bits.to_le_bytes());
        bytes[24..].copy_from_slice(&self.keys.to_le_bytes());
        bytes
    }

    fn index_bytes(&self) -> u64 {
        INDEX_ENTRY_BYTES * ((1 << self.prefix_bits) + 1)
    }

    /// Returns `None` if the size overflows.
    fn file_bytes(&self) -> Option<u64> {
        let keys = self.keys.checked_mul(KEY_BYTES)?;
        keys.checked_add(HEADER_BYTES + self.index_bytes())
    }
}

/// Reads up to eight bytes, little-endian.
fn number(bytes: &[u8]) -> u64 {
    let shifted = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    bytes.iter().rev().fold(0, shifted)
}

fn damaged(what: &str) -> io::Error {
    let words = format!("this is not a filter of breached passwords, or it is damaged: {what}");
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests;
