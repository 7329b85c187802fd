//! SHA-crypt, as Linux keeps passwords: `$5$` and `$6$`, with `rounds=…` or the 5,000 of old. Read, never
//! made.

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
/// Each round goes over the whole password, in blocks of 64 bytes: so many blocks at most.
const MAX_BLOCKS: usize = 20_000_000;

/// What a string says.
#[derive(Debug)]
pub(crate) struct Hash {
    text: String,
    rounds: u32,
}

/// None if it is of another format.
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
    // 43 characters hold two bits more than 32 bytes, 86 four more than 64: they are zero.
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

    /// Every round goes over the password.
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

/// What one round goes over, in blocks of 64 bytes.
fn blocks(password_bytes: usize) -> usize {
    password_bytes.div_ceil(64) + 1
}
