//! Argon2 (RFC 9106): `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<output>`. New hashes are Argon2id,
//! version 1.3, with one lane. Argon2i, Argon2d, version 1.0 and more lanes are read too, and so is
//! Django's format, which starts with `argon2`.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq;

use super::{
    Memory, PasswordCostError, UnreadableHash,
    limits::{at_most, sized},
    salt::{self, SALT_BYTES},
    spelling::{base64, parameters, to_base64},
    work::{Kind, Work},
};

const NAME: &str = "Argon2";
const OUTPUT_BYTES: usize = 32;
/// In KiB: 256 MiB.
const MAX_MEMORY: u32 = 256 * 1024;
/// Memory times passes, in KiB: one GiB.
const MAX_WORK: u32 = 1024 * 1024;
const MAX_LANES: u32 = 16;

/// The cost of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Default for Cost {
    /// 19 MiB, two passes, one lane: the first choice of OWASP's Password Storage Cheat Sheet.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            memory_kib,
            passes,
            lanes,
        } = self;
        write!(f, "m={memory_kib},t={passes},p={lanes}")
    }
}

impl Cost {
    pub(crate) fn new(memory_kib: u32, passes: u32) -> Result<Self, PasswordCostError> {
        let strong = matches!(
            (memory_kib, passes),
            (47_104.., 1) | (19_456.., 2) | (12_288.., 3..)
        );
        let bearable = memory_kib <= MAX_MEMORY && memory_kib.saturating_mul(passes) <= MAX_WORK;
        (strong && bearable)
            .then_some(Self {
                memory_kib,
                passes,
                lanes: 1,
            })
            .ok_or(PasswordCostError::Argon2id)
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) const FOR_TESTS: Self = Self {
        memory_kib: 16,
        passes: 1,
        lanes: 1,
    };

    #[cfg(test)]
    pub(crate) const CHEAPER: Self = Self {
        memory_kib: 8,
        ..Self::FOR_TESTS
    };

    /// Returns the blocks of memory, each a KiB, that a hash needs.
    pub(super) fn blocks(self) -> usize {
        usize::try_from(self.memory_kib).unwrap_or(usize::MAX)
    }

    /// Formats a hash from its salt and output.
    fn spell(self, salt: &[u8], output: &[u8]) -> String {
        format!(
            "$argon2id$v=19${self}${}${}",
            to_base64(salt),
            to_base64(output)
        )
    }
}

/// A parsed hash.
#[derive(Debug)]
pub(crate) struct Hash {
    algorithm: Algorithm,
    version: Version,
    cost: Cost,
    salt: Vec<u8>,
    output: Vec<u8>,
}

/// Parses a hash. Returns `None` for another format.
pub(super) fn parse(text: &str) -> Option<Result<Hash, UnreadableHash>> {
    let text = match text.strip_prefix("argon2$") {
        Some(_) => &text["argon2".len()..],
        None => text,
    };
    let (algorithm, rest) = [
        ("$argon2id$", Algorithm::Argon2id),
        ("$argon2i$", Algorithm::Argon2i),
        ("$argon2d$", Algorithm::Argon2d),
    ]
    .into_iter()
    .find_map(|(prefix, algorithm)| Some((algorithm, text.strip_prefix(prefix)?)))?;
    Some(read(algorithm, rest))
}

fn read(algorithm: Algorithm, rest: &str) -> Result<Hash, UnreadableHash> {
    let malformed = UnreadableHash::Malformed(NAME);
    // Hashes of version 1.0 have no version.
    let (version, rest) = match rest.split_once('$') {
        Some(("v=19", rest)) => (Version::V0x13, rest),
        Some(("v=16", rest)) => (Version::V0x10, rest),
        _ => (Version::V0x10, rest),
    };
    let parts: Vec<_> = rest.split('$').collect();
    let [costs, salt, output] = parts[..] else {
        return Err(malformed);
    };
    let costs = parameters(costs, ["m", "t", "p"]);
    let (Some([memory_kib, passes, lanes]), Some(salt), Some(output)) =
        (costs, base64(salt), base64(output))
    else {
        return Err(malformed);
    };
    at_most(NAME, "m", memory_kib, MAX_MEMORY)?;
    at_most(NAME, "p", lanes, MAX_LANES)?;
    at_most(NAME, "t", passes, MAX_WORK / memory_kib.max(1))?;
    if lanes == 0 || passes == 0 || memory_kib < 8 * lanes {
        return Err(malformed);
    }
    sized(NAME, "salt", &salt, 8..=64)?;
    sized(NAME, "output", &output, 16..=64)?;
    Ok(Hash {
        algorithm,
        version,
        cost: Cost {
            memory_kib,
            passes,
            lanes,
        },
        salt,
        output,
    })
}

impl Hash {
    pub(super) fn verify(&self, password: &[u8], memory: &mut Memory) -> bool {
        let mut output = vec![0; self.output.len()];
        let cost = self.cost;
        let computed = compute(
            (self.algorithm, self.version, cost),
            password,
            &self.salt,
            memory,
            &mut output,
        );
        memory.shrink();
        computed.is_some() && output.ct_eq(&self.output).into()
    }

    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    pub(super) fn work(&self) -> Work {
        let Cost {
            memory_kib, passes, ..
        } = self.cost;
        Work::of(Kind::Argon2, &[memory_kib.into(), passes.into()])
    }

    pub(super) fn has_our_salt(&self) -> bool {
        salt::is_ours(&self.salt)
    }

    pub(super) fn is_made_with(&self, cost: Cost) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.cost == cost
            && (self.salt.len(), self.output.len()) == (SALT_BYTES, OUTPUT_BYTES)
    }
}

fn compute(
    (algorithm, version, cost): (Algorithm, Version, Cost),
    password: &[u8],
    salt: &[u8],
    memory: &mut Memory,
    output: &mut [u8],
) -> Option<()> {
    let Cost {
        memory_kib,
        passes,
        lanes,
    } = cost;
    let params = Params::new(memory_kib, passes, lanes, Some(output.len())).ok()?;
    let blocks = memory.at_least(params.block_count());
    Argon2::new(algorithm, version, params)
        .hash_password_into_with_memory(password, salt, output, blocks)
        .ok()
}

pub(super) fn hash(
    password: &[u8],
    cost: Cost,
    memory: &mut Memory,
) -> Result<String, getrandom::Error> {
    let (salt, mut output) = (salt::new()?, [0; OUTPUT_BYTES]);
    let kind = (Algorithm::Argon2id, Version::V0x13, cost);
    compute(kind, password, &salt, memory, &mut output)
        .expect("a cost was checked at its creation, and a salt has 16 bytes");
    Ok(cost.spell(&salt, &output))
}

/// Creates a hash that no password matches: its output is random.
pub(super) fn dummy_hash(cost: Cost) -> Result<String, getrandom::Error> {
    let mut output = [0; OUTPUT_BYTES];
    getrandom::fill(&mut output)?;
    Ok(cost.spell(&salt::new()?, &output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_below_the_floor_or_above_the_limit_are_refused() {
        for (memory, passes) in [
            (19_455, 2),
            (47_103, 1),
            (12_287, 3),
            (262_145, 2),
            (262_144, 5),
            (19_456, u32::MAX),
        ] {
            assert!(Cost::new(memory, passes).is_err(), "{memory} {passes}");
        }
        for (memory, passes) in [(19_456, 2), (47_104, 1), (12_288, 3), (262_144, 4)] {
            assert!(Cost::new(memory, passes).is_ok(), "{memory} {passes}");
        }
    }

    #[test]
    fn a_thread_frees_memory_that_only_a_more_expensive_hash_needed() {
        let mut memory = Memory::keeping(Cost::FOR_TESTS.blocks());
        let expensive = Cost {
            memory_kib: 1024,
            ..Cost::FOR_TESTS
        };
        let text = hash(b"exemplary", expensive, &mut memory).expect("hashes");
        let hash = parse(&text).expect("is Argon2").expect("reads");
        assert!(hash.verify(b"exemplary", &mut memory));
        assert_eq!(memory.held(), Cost::FOR_TESTS.blocks());
    }
}
