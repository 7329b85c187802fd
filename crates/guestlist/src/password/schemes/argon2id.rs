//! Argon2id, version 1.3 (RFC 9106), in PHC strings:
//! `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<output>`.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Password, PasswordHash};

const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2idCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Default for Argon2idCost {
    /// 19 MiB, two passes, one lane: the first choice of OWASP's Password Storage Cheat Sheet.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

impl Argon2idCost {
    /// A cost not below the floors of OWASP ASVS 5.0, appendix C: 19 MiB and two passes, or
    /// 46 MiB and one, or 12 MiB and three, and not above 256 MiB and ten passes.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Self, WeakCostError> {
        let strong = matches!(
            (memory_kib, passes),
            (47_104.., 1) | (19_456.., 2) | (12_288.., 3..)
        );
        if strong && Self::bearable(memory_kib, passes, 1) {
            Ok(Self {
                memory_kib,
                passes,
                lanes: 1,
            })
        } else {
            Err(WeakCostError)
        }
    }

    /// Next to nothing, for tests that are not about the cost.
    #[cfg(any(test, feature = "testing"))]
    pub fn for_tests() -> Self {
        Self {
            memory_kib: 16,
            passes: 1,
            lanes: 1,
        }
    }

    #[cfg(test)]
    pub(crate) fn cheaper_for_tests() -> Self {
        Self {
            memory_kib: 8,
            ..Self::for_tests()
        }
    }

    /// A stored string above these limits is never computed: a hostile row cannot burn the server.
    fn bearable(memory_kib: u32, passes: u32, lanes: u32) -> bool {
        memory_kib <= 256 * 1024 && passes <= 10 && lanes <= 16 && memory_kib >= 8 * lanes
    }
}

/// The cost is under the floor or over the limit.
#[derive(Debug, thiserror::Error)]
#[error(
    "Argon2id takes at least m=19456 t=2, m=47104 t=1 or m=12288 t=3 (OWASP), and at most m=262144 t=10"
)]
pub struct WeakCostError;

/// The memory a thread hashes in; it grows to what is asked of it and stays.
#[derive(Debug, Default)]
pub(crate) struct Memory(Vec<Block>);

pub(crate) struct Parsed {
    pub(crate) cost: Argon2idCost,
    salt: Vec<u8>,
    output: Vec<u8>,
}

/// Takes only the canonical spelling of a hash that we can afford to compute.
pub(crate) fn parse(text: &str) -> Option<Parsed> {
    let rest = text.strip_prefix("$argon2id$v=19$")?;
    let mut parts = rest.split('$');
    let (costs, salt, output) = (parts.next()?, parts.next()?, parts.next()?);
    let mut costs = costs.split(',');
    let memory_kib = number(costs.next()?.strip_prefix("m=")?)?;
    let passes = number(costs.next()?.strip_prefix("t=")?)?;
    let lanes = number(costs.next()?.strip_prefix("p=")?)?;
    let salt = STANDARD_NO_PAD.decode(salt).ok()?;
    let output = STANDARD_NO_PAD.decode(output).ok()?;
    let whole = parts.next().is_none() && costs.next().is_none();
    let sized = (8..=64).contains(&salt.len()) && (16..=64).contains(&output.len());
    let bearable = lanes > 0 && passes > 0 && Argon2idCost::bearable(memory_kib, passes, lanes);
    (whole && sized && bearable).then_some(Parsed {
        cost: Argon2idCost {
            memory_kib,
            passes,
            lanes,
        },
        salt,
        output,
    })
}

/// A decimal number without sign or leading zero.
fn number(digits: &str) -> Option<u32> {
    let canonical = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    canonical.then(|| digits.parse().ok()).flatten()
}

fn output(
    password: &Password,
    salt: &[u8],
    cost: Argon2idCost,
    length: usize,
    memory: &mut Memory,
) -> Option<Zeroizing<Vec<u8>>> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(length)).ok()?;
    let blocks = params.block_count();
    if memory.0.len() < blocks {
        memory.0.resize(blocks, Block::new());
    }
    let mut output = Zeroizing::new(vec![0; length]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            password.expose().as_bytes(),
            salt,
            &mut output,
            &mut memory.0[..blocks],
        )
        .ok()?;
    Some(output)
}

pub(crate) fn verify(password: &Password, hash: &PasswordHash, memory: &mut Memory) -> bool {
    parse(hash.as_stored()).is_some_and(|expected| {
        let length = expected.output.len();
        output(password, &expected.salt, expected.cost, length, memory)
            .is_some_and(|output| output.ct_eq(&expected.output).into())
    })
}

pub(crate) fn hash(
    password: &Password,
    cost: Argon2idCost,
    memory: &mut Memory,
) -> Result<PasswordHash, getrandom::Error> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt)?;
    let output = output(password, &salt, cost, OUTPUT_BYTES, memory)
        .expect("a cost is checked when it is made, and a salt has 16 bytes");
    Ok(spell(cost, &salt, &output))
}

pub(crate) fn decoy(cost: Argon2idCost) -> Result<PasswordHash, getrandom::Error> {
    let mut random = [0; SALT_BYTES + OUTPUT_BYTES];
    getrandom::fill(&mut random)?;
    let (salt, output) = random.split_at(SALT_BYTES);
    Ok(spell(cost, salt, output))
}

fn spell(cost: Argon2idCost, salt: &[u8], output: &[u8]) -> PasswordHash {
    PasswordHash(format!(
        "$argon2id$v=19$m={},t={},p={}${}${}",
        cost.memory_kib,
        cost.passes,
        cost.lanes,
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(output)
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made by `argon2-cffi` 25.1 of PyPI: `PasswordHasher(2, 19456, 1).hash("exemplary")`.
    const BY_ANOTHER: &str = include_str!("argon2id_of_exemplary.txt");

    fn verifies(password: &str, hash: &str) -> bool {
        let hash = PasswordHash::from_stored(hash);
        verify(&Password::new(password), &hash, &mut Memory::default())
    }

    #[test]
    fn a_hash_made_by_the_c_library_verifies() {
        let hash = BY_ANOTHER.trim();
        assert!(verifies("exemplary", hash));
        assert!(!verifies("exemplarz", hash));
    }

    #[test]
    fn every_prefix_and_other_spelling_is_refused() {
        let hash = BY_ANOTHER.trim();
        for end in 0..hash.len() - 22 {
            assert!(parse(&hash[..end]).is_none(), "{end}");
        }
        for (from, to) in [
            ("v=19", "v=16"),
            ("m=19456", "m=019456"),
            ("m=19456", "m=+19456"),
            ("m=19456", "m=4294967296"),
            ("m=19456", "m=262145"),
            ("t=2", "t=0"),
            ("t=2", "t=11"),
            ("p=1", "p=0"),
            ("p=1", "p=1,k=1"),
            ("argon2id", "argon2d"),
        ] {
            assert!(hash.contains(from));
            assert!(parse(&hash.replace(from, to)).is_none(), "{to}");
        }
        for extended in [format!("{hash}$"), format!("{hash}="), format!(" {hash}")] {
            assert!(parse(&extended).is_none(), "{extended}");
        }
    }

    #[test]
    fn costs_below_the_floor_are_refused() {
        for (memory, passes) in [
            (19_455, 2),
            (47_103, 1),
            (12_287, 3),
            (262_145, 2),
            (19_456, 11),
        ] {
            assert!(
                Argon2idCost::new(memory, passes).is_err(),
                "{memory} {passes}"
            );
        }
        for (memory, passes) in [(19_456, 2), (47_104, 1), (12_288, 3), (262_144, 10)] {
            assert!(
                Argon2idCost::new(memory, passes).is_ok(),
                "{memory} {passes}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_the_parser(text in "\\$?argon2id\\$v=19\\$\\PC{0,60}") {
            let _ = parse(&text);
        }
    }
}
