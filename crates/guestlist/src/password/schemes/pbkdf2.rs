//! PBKDF2 (RFC 8018, section 5.2) with HMAC over SHA-1, SHA-256 or SHA-512. New hashes have
//! passlib's format: `$pbkdf2-sha256$600000$<salt>$<output>`. The formats of Django, Werkzeug, PHC
//! and LDAP are read too.

use std::{fmt, num::NonZero};

use aws_lc_rs::pbkdf2::{
    self, Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512,
};
use subtle::ConstantTimeEq;

use super::{
    PasswordCostError, UnreadableHash,
    limits::{at_most, sized},
    salt::{self, SALT_BYTES},
    spelling::{adapted_base64, base64, hex, number, padded_base64, to_adapted_base64},
    work::{Kind, Work},
};

const NAME: &str = "PBKDF2";
const OUTPUT_BYTES: usize = 32;
const MAX_ITERATIONS: u32 = 10_000_000;

/// The number of iterations of a new hash, which uses SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost(u32);

impl Default for Cost {
    fn default() -> Self {
        Self(600_000)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Cost {
    pub(crate) fn new(iterations: u32) -> Result<Self, PasswordCostError> {
        (600_000..=MAX_ITERATIONS)
            .contains(&iterations)
            .then_some(Self(iterations))
            .ok_or(PasswordCostError::Pbkdf2Sha256)
    }

    #[cfg(test)]
    pub(crate) const FOR_TESTS: Self = Self(10);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Sha1,
    Sha256,
    Sha512,
}

impl Function {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::Sha1 => PBKDF2_HMAC_SHA1,
            Self::Sha256 => PBKDF2_HMAC_SHA256,
            Self::Sha512 => PBKDF2_HMAC_SHA512,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Sha1 => Kind::Pbkdf2Sha1,
            Self::Sha256 => Kind::Pbkdf2Sha256,
            Self::Sha512 => Kind::Pbkdf2Sha512,
        }
    }

    /// The number of bytes that one run of the iterations produces.
    fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A parsed hash.
#[derive(Debug)]
pub(crate) struct Hash {
    function: Function,
    iterations: u32,
    salt: Vec<u8>,
    output: Vec<u8>,
}

/// The format of a hash after the prefix that names the function.
#[derive(Clone, Copy)]
enum Spelling {
    /// `<iterations>$<salt>$<output>`, or with named parameters.
    Passlib,
    /// The same, without named parameters.
    Ldap,
    /// `<iterations>$<salt as plain text>$<output>`
    Django,
    /// `<iterations>$<salt as plain text>$<output in hexadecimal>`
    Werkzeug,
}

const PREFIXES: [(&str, Function, Spelling); 12] = [
    ("$pbkdf2-sha256$", Function::Sha256, Spelling::Passlib),
    ("$pbkdf2-sha512$", Function::Sha512, Spelling::Passlib),
    ("$pbkdf2-sha1$", Function::Sha1, Spelling::Passlib),
    ("$pbkdf2$", Function::Sha1, Spelling::Passlib),
    ("{PBKDF2-SHA256}", Function::Sha256, Spelling::Ldap),
    ("{PBKDF2-SHA512}", Function::Sha512, Spelling::Ldap),
    ("{PBKDF2}", Function::Sha1, Spelling::Ldap),
    ("pbkdf2_sha256$", Function::Sha256, Spelling::Django),
    ("pbkdf2_sha1$", Function::Sha1, Spelling::Django),
    ("pbkdf2:sha256:", Function::Sha256, Spelling::Werkzeug),
    ("pbkdf2:sha512:", Function::Sha512, Spelling::Werkzeug),
    ("pbkdf2:sha1:", Function::Sha1, Spelling::Werkzeug),
];

/// Parses a hash. Returns `None` for another format.
pub(super) fn parse(text: &str) -> Option<Result<Hash, UnreadableHash>> {
    let (function, spelling, rest) = PREFIXES.iter().find_map(|(prefix, function, spelling)| {
        Some((*function, *spelling, text.strip_prefix(prefix)?))
    })?;
    let hash = spelled(function, spelling, rest);
    Some(hash.ok_or(UnreadableHash::Malformed(NAME)).and_then(read))
}

fn spelled(function: Function, spelling: Spelling, rest: &str) -> Option<Hash> {
    let parts: Vec<_> = rest.split('$').collect();
    let [iterations, salt, output] = parts[..] else {
        return None;
    };
    let raw = || Some(salt.as_bytes().to_vec());
    // A shorter output of PBKDF2 is the start of a longer one, so a truncated output must be
    // refused.
    let mut length = function.bytes();
    let (iterations, salt, output) = match spelling {
        Spelling::Passlib if iterations.starts_with("i=") => {
            let (iterations, named) = match iterations.split_once(",l=") {
                Some((iterations, length)) => (iterations, Some(number(length)?)),
                None => (iterations, None),
            };
            let output = base64(output)?;
            if let Some(named) = named {
                length = usize::try_from(named).ok().filter(|length| *length >= 16)?;
            }
            (
                number(iterations.strip_prefix("i=")?)?,
                base64(salt),
                Some(output),
            )
        }
        Spelling::Passlib | Spelling::Ldap => (
            number(iterations)?,
            adapted_base64(salt),
            adapted_base64(output),
        ),
        Spelling::Django => (number(iterations)?, raw(), padded_base64(output)),
        Spelling::Werkzeug => (number(iterations)?, raw(), hex(output)),
    };
    Some(Hash {
        function,
        iterations,
        salt: salt?,
        output: output.filter(|output| output.len() == length)?,
    })
}

fn read(hash: Hash) -> Result<Hash, UnreadableHash> {
    let limit = MAX_ITERATIONS / hash.blocks();
    at_most(NAME, "iterations", hash.iterations, limit)?;
    if hash.iterations == 0 {
        return Err(UnreadableHash::Malformed(NAME));
    }
    sized(NAME, "salt", &hash.salt, 1..=128)?;
    sized(NAME, "output", &hash.output, 16..=64)?;
    Ok(hash)
}

impl Hash {
    /// Returns how many times the iterations are run.
    fn blocks(&self) -> u32 {
        let blocks = self.output.len().div_ceil(self.function.bytes()).max(1);
        u32::try_from(blocks).unwrap_or(u32::MAX)
    }

    pub(super) fn work(&self) -> Work {
        let factors = [self.iterations.into(), self.blocks().into()];
        Work::of(self.function.kind(), &factors)
    }

    pub(super) fn iterations(&self) -> u32 {
        self.iterations
    }

    pub(super) fn has_our_salt(&self) -> bool {
        salt::is_ours(&self.salt)
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let mut output = vec![0; self.output.len()];
        compute(
            self.function,
            self.iterations,
            password,
            &self.salt,
            &mut output,
        );
        output.ct_eq(&self.output).into()
    }

    pub(super) fn is_made_with(&self, cost: Cost) -> bool {
        self.function == Function::Sha256
            && self.iterations == cost.0
            && (self.salt.len(), self.output.len()) == (SALT_BYTES, OUTPUT_BYTES)
    }
}

fn compute(function: Function, iterations: u32, password: &[u8], salt: &[u8], output: &mut [u8]) {
    let iterations = NonZero::new(iterations).unwrap_or(NonZero::<u32>::MIN);
    pbkdf2::derive(function.algorithm(), iterations, salt, password, output);
}

pub(super) fn hash(password: &[u8], cost: Cost) -> Result<String, getrandom::Error> {
    let (salt, mut output) = (salt::new()?, [0; OUTPUT_BYTES]);
    compute(Function::Sha256, cost.0, password, &salt, &mut output);
    Ok(spell(cost, &salt, &output))
}

pub(super) fn dummy_hash(cost: Cost) -> Result<String, getrandom::Error> {
    let mut output = [0; OUTPUT_BYTES];
    getrandom::fill(&mut output)?;
    Ok(spell(cost, &salt::new()?, &output))
}

fn spell(Cost(iterations): Cost, salt: &[u8], output: &[u8]) -> String {
    let (salt, output) = (to_adapted_base64(salt), to_adapted_base64(output));
    format!("$pbkdf2-sha256${iterations}${salt}${output}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_below_the_floor_or_above_the_limit_are_refused() {
        for iterations in [0, 1000, 599_999, 10_000_001, u32::MAX] {
            assert!(Cost::new(iterations).is_err(), "{iterations}");
        }
        for iterations in [600_000, 10_000_000] {
            assert!(Cost::new(iterations).is_ok(), "{iterations}");
        }
    }
}
