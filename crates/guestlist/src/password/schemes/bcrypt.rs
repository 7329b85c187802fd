//! bcrypt, as OpenBSD, PHP and Python's libraries make it: `$2a$`, `$2b$` and `$2y$` with a cost
//! and 53 characters. It reads at most 72 bytes of a password, and nothing after a NUL.
//!
//! passlib and Django can also hash the password with SHA-256 first, so that bcrypt reads all of
//! it. New hashes here have passlib's second form of this:
//! `$bcrypt-sha256$v=2,t=2b,r=12$<salt>$<output>`.

use std::fmt;

use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{
    PasswordCostError, UnreadableHash,
    limits::at_most,
    salt::{self, SALT_BYTES},
    spelling::{bcrypt_base64, number, to_hex},
    work::{Kind, Work},
};

const NAME: &str = "bcrypt";
/// The highest cost. The time doubles with every step: 15 takes two seconds and more.
const MAX_COST: u32 = 15;
/// The most bytes of a password that bcrypt reads.
const SEEN_BYTES: usize = 72;
/// The first implementation lost the last byte of Blowfish's output, so all others do too.
const OUTPUT_BYTES: usize = 23;
/// The length of a salt, in characters.
const SALT_CHARS: usize = 22;

/// The logarithm of the number of rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost(u32);

impl Default for Cost {
    fn default() -> Self {
        Self(12)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Cost {
    pub(crate) fn new(cost: u32) -> Result<Self, PasswordCostError> {
        (10..=MAX_COST)
            .contains(&cost)
            .then_some(Self(cost))
            .ok_or(PasswordCostError::Bcrypt)
    }

    #[cfg(test)]
    pub(crate) const FOR_TESTS: Self = Self(4);
}

/// The input of bcrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The password itself, as far as bcrypt reads it.
    Password,
    /// Its SHA-256 in hexadecimal digits: Django's form.
    HexDigest,
    /// Its SHA-256 in Base64: passlib's first form.
    Digest,
    /// Its HMAC-SHA-256 with the salt as key, in Base64: passlib's second form.
    Hmac,
}

/// A parsed hash.
#[derive(Debug)]
pub(crate) struct Hash {
    seen: Seen,
    cost: u32,
    salt: [u8; SALT_BYTES],
    output: [u8; OUTPUT_BYTES],
}

/// Parses a hash. Returns `None` for another format.
pub(super) fn parse(text: &str) -> Option<Result<Hash, UnreadableHash>> {
    if let Some(rest) = text.strip_prefix("$bcrypt-sha256$") {
        return Some(of_passlib(rest));
    }
    let (seen, text) = match text.split_once("$$") {
        Some(("bcrypt", _)) => (Seen::Password, &text["bcrypt$".len()..]),
        Some(("bcrypt_sha256", _)) => (Seen::HexDigest, &text["bcrypt_sha256$".len()..]),
        _ => (Seen::Password, text),
    };
    if text.starts_with("$2x$") {
        return Some(Err(UnreadableHash::Flawed));
    }
    let rest = ["$2a$", "$2b$", "$2y$"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))?;
    Some(of_crypt(seen, rest))
}

/// Parses `12$<salt><output>`.
fn of_crypt(seen: Seen, rest: &str) -> Result<Hash, UnreadableHash> {
    let malformed = UnreadableHash::Malformed(NAME);
    let (cost, both) = rest.split_once('$').ok_or(malformed.clone())?;
    let (salt, output) = both.split_at_checked(SALT_CHARS).ok_or(malformed.clone())?;
    let digits = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
    let cost = digits.then(|| cost.parse().ok()).flatten();
    read(seen, cost.ok_or(malformed)?, salt, output)
}

/// Parses `2b,12$<salt>$<output>` or `v=2,t=2b,r=12$<salt>$<output>`.
fn of_passlib(rest: &str) -> Result<Hash, UnreadableHash> {
    let malformed = || UnreadableHash::Malformed("bcrypt-sha256");
    let parts: Vec<_> = rest.split('$').collect();
    let [how, salt, output] = parts[..] else {
        return Err(malformed());
    };
    let first = || {
        let cost = how.strip_prefix("2a,").or(how.strip_prefix("2b,"))?;
        Some((Seen::Digest, cost))
    };
    let second = || Some((Seen::Hmac, how.strip_prefix("v=2,t=2b,r=")?));
    let (seen, cost) = second().or_else(first).ok_or_else(malformed)?;
    read(seen, number(cost).ok_or_else(malformed)?, salt, output)
}

fn read(seen: Seen, cost: u32, salt: &str, output: &str) -> Result<Hash, UnreadableHash> {
    let decode = |text: &str| bcrypt_base64().decode(text).ok();
    let salt = decode(salt).and_then(|salt| salt.try_into().ok());
    let output = decode(output).and_then(|output| output.try_into().ok());
    let (Some(salt), Some(output)) = (salt, output) else {
        return Err(UnreadableHash::Malformed(NAME));
    };
    at_most(NAME, "cost", cost, MAX_COST)?;
    if cost < 4 {
        return Err(UnreadableHash::Malformed(NAME));
    }
    Ok(Hash {
        seen,
        cost,
        salt,
        output,
    })
}

impl Hash {
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let output = compute(self.seen, self.cost, self.salt, password);
        output.ct_eq(&self.output).into()
    }

    /// Whether bcrypt reads the whole password. If it does not, the user may have mistyped the end,
    /// and a new hash would contain the mistake.
    pub(super) fn sees_all_of(&self, password: &[u8]) -> bool {
        self.seen != Seen::Password || (password.len() <= SEEN_BYTES && !password.contains(&0))
    }

    pub(super) fn cost(&self) -> u32 {
        self.cost
    }

    pub(super) fn work(&self) -> Work {
        Work::of(Kind::Bcrypt, &[1 << self.cost.min(63)])
    }

    pub(super) fn has_our_salt(&self) -> bool {
        salt::is_ours(&self.salt)
    }

    pub(super) fn is_cut(&self) -> bool {
        self.seen == Seen::Password
    }

    pub(super) fn is_made_with(&self, cost: Cost) -> bool {
        (self.seen, self.cost) == (Seen::Hmac, cost.0)
    }
}

fn compute(seen: Seen, cost: u32, salt: [u8; SALT_BYTES], password: &[u8]) -> [u8; OUTPUT_BYTES] {
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut key = Zeroizing::new(match seen {
        Seen::Password => {
            let end = password.iter().position(|byte| *byte == 0);
            password[..end.unwrap_or(password.len()).min(SEEN_BYTES)].to_vec()
        }
        Seen::HexDigest => to_hex(&Sha256::digest(password)).into_bytes(),
        Seen::Digest => base64(&Sha256::digest(password)).into_bytes(),
        Seen::Hmac => {
            let salt = bcrypt_base64().encode(salt);
            let mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes());
            let mac = mac
                .expect("HMAC takes a key of any length")
                .chain_update(password);
            base64(&mac.finalize().into_bytes()).into_bytes()
        }
    });
    // bcrypt gets a C string, and repeats it up to 72 bytes.
    if key.len() < SEEN_BYTES {
        key.push(0);
    }
    let whole = ::bcrypt::bcrypt(cost, salt, &key);
    std::array::from_fn(|index| whole[index])
}

pub(super) fn hash(password: &[u8], cost: Cost) -> Result<String, getrandom::Error> {
    let salt = salt::new()?;
    let output = compute(Seen::Hmac, cost.0, salt, password);
    Ok(spell(cost, &salt, &output))
}

pub(super) fn dummy_hash(cost: Cost) -> Result<String, getrandom::Error> {
    let mut output = [0; OUTPUT_BYTES];
    getrandom::fill(&mut output)?;
    Ok(spell(cost, &salt::new()?, &output))
}

fn spell(Cost(cost): Cost, salt: &[u8], output: &[u8]) -> String {
    let (salt, output) = (bcrypt_base64().encode(salt), bcrypt_base64().encode(output));
    format!("$bcrypt-sha256$v=2,t=2b,r={cost}${salt}${output}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(password: &[u8]) -> Hash {
        let text = hash(password, Cost::FOR_TESTS).expect("hashes");
        parse(&text).expect("is bcrypt").expect("reads")
    }

    #[test]
    fn a_new_hash_covers_the_whole_password() {
        let long = vec![b'x'; 80];
        let hash = hash_of(&long);
        assert!(hash.verify(&long));
        assert!(!hash.verify(&long[..79]) && !hash.verify(&long[..72]));
        assert!(!hash_of(b"abc\0def").verify(b"abc"));
        assert!(hash.sees_all_of(&long));
    }

    #[test]
    fn a_password_that_bcrypt_read_in_part_is_not_hashed_again() {
        let hash = "$2b$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti";
        let hash = parse(hash).expect("is bcrypt").expect("reads");
        assert!(hash.sees_all_of(&[b'x'; 72]));
        assert!(!hash.sees_all_of(&[b'x'; 73]) && !hash.sees_all_of(b"abc\0def"));
    }

    #[test]
    fn costs_below_the_floor_or_above_the_limit_are_refused() {
        let good: Vec<_> = (0..40).filter(|cost| Cost::new(*cost).is_ok()).collect();
        assert_eq!(good, [10, 11, 12, 13, 14, 15]);
    }
}
