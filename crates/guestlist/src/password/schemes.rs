//! The schemes a hash can be of. Each reads its own strings and bounds what they may cost here.

mod argon2id;
mod bcrypt;

pub(crate) use argon2id::Memory;
pub use argon2id::{Argon2idCost, WeakCostError};
#[cfg(test)]
pub(crate) use bcrypt::BCRYPT_OF_EXEMPLARY;

use super::{Password, PasswordHash};

/// One way of hashing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scheme {
    /// RFC 9106, with the cost new hashes get.
    Argon2id(Argon2idCost),
    /// `$2a$`, `$2b$` and `$2y$`, which others made: read, and replaced.
    Bcrypt,
}

impl Scheme {
    /// Whether that hash is of this scheme, well-formed, and not dearer than we let a stored
    /// string be.
    pub(crate) fn reads(self, hash: &PasswordHash) -> bool {
        match self {
            Self::Argon2id(_) => argon2id::parse(hash.as_stored()).is_some(),
            Self::Bcrypt => bcrypt::parse(hash.as_stored()).is_some(),
        }
    }

    /// Whether this scheme would make a hash of that kind and cost now.
    pub(crate) fn would_make(self, hash: &PasswordHash) -> bool {
        match self {
            Self::Argon2id(cost) => {
                argon2id::parse(hash.as_stored()).is_some_and(|parsed| parsed.cost == cost)
            }
            Self::Bcrypt => false,
        }
    }

    /// Whether a password that verified is known to be the whole password.
    pub(crate) fn may_replace(self, password: &Password) -> bool {
        match self {
            Self::Argon2id(_) => true,
            Self::Bcrypt => bcrypt::sees_all_of(password),
        }
    }

    pub(crate) fn verify(
        self,
        password: &Password,
        hash: &PasswordHash,
        memory: &mut Memory,
    ) -> bool {
        match self {
            Self::Argon2id(_) => argon2id::verify(password, hash, memory),
            Self::Bcrypt => bcrypt::verify(password, hash),
        }
    }

    /// A new hash with a salt of its own.
    pub(crate) fn hash(
        self,
        password: &Password,
        memory: &mut Memory,
    ) -> Result<PasswordHash, getrandom::Error> {
        match self {
            Self::Argon2id(cost) => argon2id::hash(password, cost, memory),
            Self::Bcrypt => unreachable!("bcrypt is only read, and never listed first"),
        }
    }

    /// A hash that costs as much to verify as a real one and that no password has: its output is
    /// random.
    pub(crate) fn decoy(self) -> Result<PasswordHash, getrandom::Error> {
        match self {
            Self::Argon2id(cost) => argon2id::decoy(cost),
            Self::Bcrypt => unreachable!("bcrypt is only read, and never listed first"),
        }
    }
}
