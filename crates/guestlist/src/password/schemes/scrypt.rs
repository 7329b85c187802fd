//! scrypt (RFC 7914). New hashes have passlib's format: `$scrypt$ln=17,r=8,p=1$<salt>$<output>`.
//! The formats of Django, Werkzeug and better-auth are read too.

use std::fmt;

use subtle::ConstantTimeEq;

use super::{
    PasswordCostError, UnreadableHash,
    limits::{at_most, sized},
    salt::{self, SALT_BYTES},
    spelling::{base64, hex, number, padded_base64, parameters, to_base64},
    work::{Kind, Work},
};

const NAME: &str = "scrypt";
const OUTPUT_BYTES: usize = 32;
const LONG_OUTPUT_BYTES: usize = 64;
const MAX_LOG_N: u32 = 20;
const MAX_R: u32 = 32;
const MAX_P: u32 = 16;
/// N·r: at 128 bytes each, 256 MiB.
const MAX_MEMORY: u32 = 1 << 21;
/// N·r·p: about four times what OWASP requires.
const MAX_WORK: u32 = 1 << 22;

/// The cost of a hash: the logarithm of N, r and p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    log_n: u32,
    r: u32,
    p: u32,
}

impl Default for Cost {
    /// 128 MiB: the first choice of OWASP's Password Storage Cheat Sheet.
    fn default() -> Self {
        Self {
            log_n: 17,
            r: 8,
            p: 1,
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { log_n, r, p } = self;
        write!(f, "ln={log_n},r={r},p={p}")
    }
}

impl Cost {
    pub(crate) fn new(log_n: u32, r: u32, p: u32) -> Result<Self, PasswordCostError> {
        let strong = r >= 8 && matches!((log_n, p), (17.., 1..) | (16, 2..) | (15, 3..));
        (strong && check_cost(log_n, r, p).is_ok())
            .then_some(Self { log_n, r, p })
            .ok_or(PasswordCostError::Scrypt)
    }

    #[cfg(test)]
    pub(crate) const FOR_TESTS: Self = Self {
        log_n: 4,
        r: 8,
        p: 1,
    };
}

/// A parsed hash.
#[derive(Debug)]
pub(crate) struct Hash {
    cost: Cost,
    salt: Vec<u8>,
    output: Vec<u8>,
    /// Whether the password was hashed in normalization form KC, as better-auth does.
    compatibility_form: bool,
}

/// Parses a hash. Returns `None` for another format.
pub(super) fn parse(text: &str) -> Option<Result<Hash, UnreadableHash>> {
    if let Some(rest) = text.strip_prefix("$scrypt$") {
        return Some(of_passlib(rest).and_then(read));
    }
    if let Some(rest) = text.strip_prefix("scrypt$") {
        return Some(of_django(rest).and_then(read));
    }
    if let Some(rest) = text.strip_prefix("scrypt:") {
        return Some(of_werkzeug(rest).and_then(read));
    }
    of_better_auth(text).map(Ok)
}

fn malformed() -> UnreadableHash {
    UnreadableHash::Malformed(NAME)
}

/// Parses `ln=17,r=8,p=1$<salt>$<output>`, or AdonisJS's form with `n=131072` and a longer output.
fn of_passlib(rest: &str) -> Result<Hash, UnreadableHash> {
    let parts: Vec<_> = rest.split('$').collect();
    let [costs, salt, output] = parts[..] else {
        return Err(malformed());
    };
    let read = || {
        let (cost, length) = match parameters(costs, ["ln", "r", "p"]) {
            Some([log_n, r, p]) => (Cost { log_n, r, p }, OUTPUT_BYTES),
            None => {
                let [n, r, p] = parameters(costs, ["n", "r", "p"])?;
                (cost(n, r, p)?, LONG_OUTPUT_BYTES)
            }
        };
        Some(Hash {
            cost,
            salt: base64(salt)?,
            output: of_length(base64(output)?, length)?,
            compatibility_form: false,
        })
    };
    read().ok_or_else(malformed)
}

/// Parses `<N>$<salt>$<r>$<p>$<output>`.
fn of_django(rest: &str) -> Result<Hash, UnreadableHash> {
    let parts: Vec<_> = rest.split('$').collect();
    let [n, salt, r, p, output] = parts[..] else {
        return Err(malformed());
    };
    let read = || {
        Some(Hash {
            cost: cost(number(n)?, number(r)?, number(p)?)?,
            salt: salt.as_bytes().to_vec(),
            output: of_length(padded_base64(output)?, LONG_OUTPUT_BYTES)?,
            compatibility_form: false,
        })
    };
    read().ok_or_else(malformed)
}

/// Parses `<N>:<r>:<p>$<salt>$<output>`.
fn of_werkzeug(rest: &str) -> Result<Hash, UnreadableHash> {
    let parts: Vec<_> = rest.split(['$', ':']).collect();
    let [n, r, p, salt, output] = parts[..] else {
        return Err(malformed());
    };
    let read = || {
        Some(Hash {
            cost: cost(number(n)?, number(r)?, number(p)?)?,
            salt: salt.as_bytes().to_vec(),
            output: of_length(hex(output)?, LONG_OUTPUT_BYTES)?,
            compatibility_form: false,
        })
    };
    let spelled = rest == format!("{n}:{r}:{p}${salt}${output}");
    read().filter(|_| spelled).ok_or_else(malformed)
}

/// Parses `<salt>:<output>`, both in hexadecimal digits, with a fixed cost. The salt is the
/// text of its digits, and not the bytes that they spell.
fn of_better_auth(text: &str) -> Option<Hash> {
    let (salt, output) = text.split_once(':')?;
    let shaped = salt.len() == 32 && output.len() == 128 && hex(salt).is_some();
    let output = hex(output).filter(|_| shaped)?;
    Some(Hash {
        cost: Cost {
            log_n: 14,
            r: 16,
            p: 1,
        },
        salt: salt.as_bytes().to_vec(),
        output,
        compatibility_form: true,
    })
}

/// Checks the length. A shorter output of scrypt is the start of a longer one, so a truncated
/// output must be refused.
fn of_length(output: Vec<u8>, length: usize) -> Option<Vec<u8>> {
    (output.len() == length).then_some(output)
}

fn cost(n: u32, r: u32, p: u32) -> Option<Cost> {
    // A number that is too large to be read is not a power of two, but must be refused as too
    // expensive.
    let log_n = match n {
        u32::MAX => 32,
        n if n.is_power_of_two() => n.ilog2(),
        _ => return None,
    };
    Some(Cost { log_n, r, p })
}

fn read(hash: Hash) -> Result<Hash, UnreadableHash> {
    let Cost { log_n, r, p } = hash.cost;
    check_cost(log_n, r, p)?;
    if log_n == 0 || r == 0 || p == 0 {
        return Err(malformed());
    }
    sized(NAME, "salt", &hash.salt, 1..=128)?;
    Ok(hash)
}

pub(super) fn check_cost(log_n: u32, r: u32, p: u32) -> Result<(), UnreadableHash> {
    at_most(NAME, "N", log_n, MAX_LOG_N).map_err(|_| UnreadableHash::TooExpensive {
        format: NAME,
        parameter: "N",
        limit: 1 << MAX_LOG_N,
    })?;
    at_most(NAME, "r", r, MAX_R.min(MAX_MEMORY >> log_n))?;
    at_most(NAME, "p", p, MAX_P.min((MAX_WORK >> log_n) / r.max(1)))
}

pub(super) fn work((log_n, r, p): (u32, u32, u32)) -> Work {
    Work::of(Kind::Scrypt, &[1 << log_n.min(63), r.into(), p.into()])
}

/// Computes an output of `length` bytes. The cost must have been checked.
pub(super) fn compute(
    (log_n, r, p): (u32, u32, u32),
    password: &[u8],
    salt: &[u8],
    length: usize,
) -> Option<Vec<u8>> {
    let params = ::scrypt::Params::new(u8::try_from(log_n).ok()?, r, p).ok()?;
    let mut output = vec![0; length];
    ::scrypt::scrypt(password, salt, &params, &mut output).ok()?;
    Some(output)
}

impl Hash {
    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let Cost { log_n, r, p } = self.cost;
        compute((log_n, r, p), password, &self.salt, self.output.len())
            .is_some_and(|output| output.ct_eq(&self.output).into())
    }

    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    pub(super) fn work(&self) -> Work {
        let Cost { log_n, r, p } = self.cost;
        work((log_n, r, p))
    }

    pub(super) fn has_our_salt(&self) -> bool {
        salt::is_ours(&self.salt)
    }

    pub(super) fn wants_compatibility_form(&self) -> bool {
        self.compatibility_form
    }

    pub(super) fn is_made_with(&self, cost: Cost) -> bool {
        self.cost == cost
            && (self.salt.len(), self.output.len()) == (SALT_BYTES, OUTPUT_BYTES)
            && !self.compatibility_form
    }
}

pub(super) fn hash(password: &[u8], cost: Cost) -> Result<String, getrandom::Error> {
    let salt = salt::new()?;
    let Cost { log_n, r, p } = cost;
    let output = compute((log_n, r, p), password, &salt, OUTPUT_BYTES);
    let output = output.expect("a cost was checked at its creation");
    Ok(spell(cost, &salt, &output))
}

pub(super) fn dummy_hash(cost: Cost) -> Result<String, getrandom::Error> {
    let mut output = [0; OUTPUT_BYTES];
    getrandom::fill(&mut output)?;
    Ok(spell(cost, &salt::new()?, &output))
}

fn spell(Cost { log_n, r, p }: Cost, salt: &[u8], output: &[u8]) -> String {
    let (salt, output) = (to_base64(salt), to_base64(output));
    format!("$scrypt$ln={log_n},r={r},p={p}${salt}${output}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_below_the_floor_or_above_the_limit_are_refused() {
        for (log_n, r, p) in [
            (16, 8, 1),
            (15, 8, 2),
            (14, 8, 5),
            (17, 7, 1),
            (19, 8, 1),
            (17, 8, 5),
            (32, 8, 1),
        ] {
            assert!(Cost::new(log_n, r, p).is_err(), "{log_n} {r} {p}");
        }
        for (log_n, r, p) in [(17, 8, 1), (16, 8, 2), (15, 8, 3), (18, 8, 2), (17, 8, 4)] {
            assert!(Cost::new(log_n, r, p).is_ok(), "{log_n} {r} {p}");
        }
    }
}
