//! SHA-crypt, the format of Linux passwords: `$5$` and `$6$`, with `rounds=…` or the default of
//! 5,000. Such hashes are verified, and never made.

use password_hash::PasswordVerifier;
use sha_crypt::{PasswordHashRef, ShaCrypt};

use super::{
    UnreadableHash,
    limits::at_most,
    spelling::number,
    work::{Kind, Work},
};

const NAME: &str = "SHA-crypt";
const MAX_ROUNDS: u32 = 1_000_000;
/// Each round hashes the whole password in blocks of 64 bytes. This is the most blocks in all
/// rounds.
const MAX_BLOCKS: usize = 20_000_000;

/// A parsed hash.
#[derive(Debug)]
pub(crate) struct Hash {
    text: String,
    rounds: u32,
}

/// Parses a hash. Returns `None` for another format.
pub(super) fn parse(text: &str) -> Option<Result<Hash, UnreadableHash>> {
    let (rest, output_chars) = match text.strip_prefix("$5$") {
        Some(rest) => (rest, 43),
        None => (text.strip_prefix("$6$")?, 86),
    };
    Some(read(text, rest, output_chars))
}

fn read(text: &str, rest: &str, output_chars: usize) -> Result<Hash, UnreadableHash> {
    let malformed = || UnreadableHash::Malformed(NAME);
    let (rounds, rest) = match rest.strip_prefix("rounds=") {
        Some(rest) => {
            let (rounds, rest) = rest.split_once('$').ok_or_else(malformed)?;
            (number(rounds).ok_or_else(malformed)?, rest)
        }
        None => (5_000, rest),
    };
    at_most(NAME, "rounds", rounds, MAX_ROUNDS)?;
    let (salt, output) = rest.split_once('$').ok_or_else(malformed)?;
    if salt.is_empty() {
        return Err(UnreadableHash::Unsalted(NAME));
    }
    let spelled = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'/')
    };
    // 43 characters have two bits more than 32 bytes, and 86 have four more than 64: they must be
    // zero.
    let ends = if output_chars == 43 {
        "./0123456789ABCD"
    } else {
        "./01"
    };
    let whole = output.len() == output_chars && output.ends_with(|last| ends.contains(last));
    if rounds < 1_000 || salt.len() > 16 || !spelled(salt) || !spelled(output) || !whole {
        return Err(malformed());
    }
    Ok(Hash {
        text: text.to_owned(),
        rounds,
    })
}

impl Hash {
    pub(super) fn rounds(&self) -> u32 {
        self.rounds
    }

    /// The work grows with the length of the password, which each round hashes.
    pub(super) fn work(&self, password_bytes: usize) -> Work {
        let kind = if self.text.starts_with("$5$") {
            Kind::Sha256Crypt
        } else {
            Kind::Sha512Crypt
        };
        let blocks = u64::try_from(blocks(password_bytes)).unwrap_or(u64::MAX);
        Work::of(kind, &[self.rounds.into(), blocks])
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let blocks = blocks(password.len());
        let rounds = usize::try_from(self.rounds).unwrap_or(usize::MAX);
        if blocks.saturating_mul(rounds) > MAX_BLOCKS {
            return false;
        }
        PasswordHashRef::new(&self.text)
            .is_ok_and(|hash| ShaCrypt::SHA256.verify_password(password, hash).is_ok())
    }
}

/// Returns how many blocks of 64 bytes one round hashes.
fn blocks(password_bytes: usize) -> usize {
    password_bytes.div_ceil(64) + 1
}
