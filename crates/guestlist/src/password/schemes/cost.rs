//! What making a hash costs.

use std::fmt;

use super::{
    Scheme,
    argon2::{self, Memory},
    bcrypt, pbkdf2, scrypt, spelling,
};

/// How new hashes are made: by which scheme, and at what cost. Never below the floors of OWASP ASVS
/// 5.0, appendix C, and never above what a stored hash may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Argon2id(argon2::Cost),
    Bcrypt(bcrypt::Cost),
    Scrypt(scrypt::Cost),
    Pbkdf2Sha256(pbkdf2::Cost),
}

impl Default for PasswordCost {
    /// Argon2id with 19 MiB, two passes and one lane.
    fn default() -> Self {
        Self(Kind::Argon2id(argon2::Cost::default()))
    }
}

impl PasswordCost {
    /// Argon2id with one lane: at least 19456 KiB and two passes, 47104 KiB and one, or 12288 KiB and
    /// three; at most 256 MiB, and one GiB in all passes together.
    pub fn argon2id(memory_kib: u32, passes: u32) -> Result<Self, PasswordCostError> {
        argon2::Cost::new(memory_kib, passes).map(|cost| Self(Kind::Argon2id(cost)))
    }

    /// bcrypt from 10 to 15 over an HMAC-SHA-256 of the password, so that nothing is cut off: passlib's
    /// `$bcrypt-sha256$`. 12 is usual.
    pub fn bcrypt(cost: u32) -> Result<Self, PasswordCostError> {
        bcrypt::Cost::new(cost).map(|cost| Self(Kind::Bcrypt(cost)))
    }

    /// scrypt with N = 2^`log_n`: at least 17, 8, 1, or 16, 8, 2, or 15, 8, 3.
    pub fn scrypt(log_n: u32, r: u32, p: u32) -> Result<Self, PasswordCostError> {
        scrypt::Cost::new(log_n, r, p).map(|cost| Self(Kind::Scrypt(cost)))
    }

    /// PBKDF2 with HMAC-SHA-256: 600,000 iterations at least, ten million at most.
    pub fn pbkdf2_sha256(iterations: u32) -> Result<Self, PasswordCostError> {
        pbkdf2::Cost::new(iterations).map(|cost| Self(Kind::Pbkdf2Sha256(cost)))
    }

    /// The usual cost of the scheme, if it makes hashes here.
    pub fn of(scheme: Scheme) -> Option<Self> {
        Some(Self(match scheme {
            Scheme::Argon2 => Kind::Argon2id(argon2::Cost::default()),
            Scheme::Bcrypt => Kind::Bcrypt(bcrypt::Cost::default()),
            Scheme::Scrypt => Kind::Scrypt(scrypt::Cost::default()),
            Scheme::Pbkdf2 => Kind::Pbkdf2Sha256(pbkdf2::Cost::default()),
            Scheme::ShaCrypt | Scheme::Firebase => return None,
        }))
    }

    /// That of the scheme with the parameters as its hashes spell them: `m=19456,t=2,p=1` for Argon2id,
    /// `12` for bcrypt, `ln=17,r=8,p=1` for scrypt, `600000` for PBKDF2. Its [`Display`](fmt::Display)
    /// is that text.
    pub fn with(scheme: Scheme, parameters: &str) -> Result<Self, PasswordCostError> {
        let numbers = |names| spelling::parameters(parameters, names);
        match scheme {
            Scheme::Argon2 => match numbers(["m", "t", "p"]) {
                Some([memory_kib, passes, 1]) => Self::argon2id(memory_kib, passes),
                _ => Err(PasswordCostError::Argon2id),
            },
            Scheme::Bcrypt => {
                let cost = spelling::number(parameters).ok_or(PasswordCostError::Bcrypt)?;
                Self::bcrypt(cost)
            }
            Scheme::Scrypt => match numbers(["ln", "r", "p"]) {
                Some([log_n, r, p]) => Self::scrypt(log_n, r, p),
                None => Err(PasswordCostError::Scrypt),
            },
            Scheme::Pbkdf2 => {
                let iterations = spelling::number(parameters);
                Self::pbkdf2_sha256(iterations.ok_or(PasswordCostError::Pbkdf2Sha256)?)
            }
            Scheme::ShaCrypt | Scheme::Firebase => Err(PasswordCostError::OnlyRead(scheme)),
        }
    }

    pub(super) fn kind(self) -> Kind {
        self.0
    }

    /// Which scheme makes the hashes.
    pub fn scheme(self) -> Scheme {
        match self.0 {
            Kind::Argon2id(_) => Scheme::Argon2,
            Kind::Bcrypt(_) => Scheme::Bcrypt,
            Kind::Scrypt(_) => Scheme::Scrypt,
            Kind::Pbkdf2Sha256(_) => Scheme::Pbkdf2,
        }
    }

    /// Next to nothing, for tests that are not about the cost.
    #[cfg(any(test, feature = "testing"))]
    pub fn for_tests() -> Self {
        Self(Kind::Argon2id(argon2::Cost::FOR_TESTS))
    }

    /// Next to nothing, by each scheme that makes hashes, and one that is cheaper still.
    #[cfg(test)]
    pub(crate) const EACH_FOR_TESTS: [Self; 5] = [
        Self(Kind::Argon2id(argon2::Cost::FOR_TESTS)),
        Self(Kind::Argon2id(argon2::Cost::CHEAPER)),
        Self(Kind::Bcrypt(bcrypt::Cost::FOR_TESTS)),
        Self(Kind::Scrypt(scrypt::Cost::FOR_TESTS)),
        Self(Kind::Pbkdf2Sha256(pbkdf2::Cost::FOR_TESTS)),
    ];

    /// The memory a hashing thread keeps between two hashes.
    pub(crate) fn memory(self) -> Memory {
        Memory::keeping(match self.0 {
            Kind::Argon2id(cost) => cost,
            // Then only others' hashes need it.
            _ => argon2::Cost::default(),
        })
    }

    /// A new hash with a salt of its own.
    pub(crate) fn hash(
        self,
        password: &[u8],
        memory: &mut Memory,
    ) -> Result<String, getrandom::Error> {
        match self.0 {
            Kind::Argon2id(cost) => argon2::hash(password, cost, memory),
            Kind::Bcrypt(cost) => bcrypt::hash(password, cost),
            Kind::Scrypt(cost) => scrypt::hash(password, cost),
            Kind::Pbkdf2Sha256(cost) => pbkdf2::hash(password, cost),
        }
    }

    /// A hash that costs as much to verify as a real one and that no password has: its output is
    /// random.
    pub(crate) fn decoy(self) -> Result<String, getrandom::Error> {
        match self.0 {
            Kind::Argon2id(cost) => argon2::decoy(cost),
            Kind::Bcrypt(cost) => bcrypt::decoy(cost),
            Kind::Scrypt(cost) => scrypt::decoy(cost),
            Kind::Pbkdf2Sha256(cost) => pbkdf2::decoy(cost),
        }
    }
}

impl fmt::Display for PasswordCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Argon2id(cost) => cost.fmt(f),
            Kind::Bcrypt(cost) => cost.fmt(f),
            Kind::Scrypt(cost) => cost.fmt(f),
            Kind::Pbkdf2Sha256(cost) => cost.fmt(f),
        }
    }
}

/// The cost is under the floor or over the limit, or spelled otherwise than the scheme's hashes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordCostError {
    /// See [`PasswordCost::argon2id`].
    #[error(
        "Argon2id takes m=MEMORY,t=PASSES,p=1: at least m=19456,t=2 or m=47104,t=1 or m=12288,t=3 (OWASP ASVS 5.0, appendix C), and at most m=262144 with m·t=1048576"
    )]
    Argon2id,
    /// See [`PasswordCost::bcrypt`].
    #[error("bcrypt takes a cost from 10 (OWASP ASVS 5.0, appendix C) to 15")]
    Bcrypt,
    /// See [`PasswordCost::scrypt`].
    #[error(
        "scrypt takes ln=…,r=…,p=…: at least ln=17,r=8,p=1 or ln=16,r=8,p=2 or ln=15,r=8,p=3 (OWASP ASVS 5.0, appendix C), and at most 256 MiB and N·r·p=4194304"
    )]
    Scrypt,
    /// See [`PasswordCost::pbkdf2_sha256`].
    #[error(
        "PBKDF2 with SHA-256 takes from 600000 (OWASP ASVS 5.0, appendix C) to 10000000 iterations"
    )]
    Pbkdf2Sha256,
    /// Hashes of that scheme are made elsewhere.
    #[error("{0} is only read here: argon2, bcrypt, scrypt or pbkdf2 make hashes")]
    OnlyRead(Scheme),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_spelled_as_it_is_read() {
        for (scheme, usual) in [
            (Scheme::Argon2, "m=19456,t=2,p=1"),
            (Scheme::Bcrypt, "12"),
            (Scheme::Scrypt, "ln=17,r=8,p=1"),
            (Scheme::Pbkdf2, "600000"),
        ] {
            let cost = PasswordCost::of(scheme).expect("makes hashes");
            assert_eq!(cost.to_string(), usual);
            assert_eq!(PasswordCost::with(scheme, usual), Ok(cost));
            assert_eq!(cost.scheme(), scheme);
        }
    }

    #[test]
    fn what_is_too_weak_too_dear_or_misspelled_is_no_cost() {
        for (scheme, refused) in [
            (Scheme::Argon2, "m=19455,t=2,p=1"),
            (Scheme::Argon2, "m=19456,t=1,p=1"),
            (Scheme::Argon2, "m=262145,t=2,p=1"),
            (Scheme::Argon2, "m=19456,t=2,p=2"),
            (Scheme::Argon2, "t=2,m=19456,p=1"),
            (Scheme::Argon2, "m=19456,t=2"),
            (Scheme::Argon2, "12"),
            (Scheme::Bcrypt, "9"),
            (Scheme::Bcrypt, "16"),
            (Scheme::Bcrypt, "+12"),
            (Scheme::Scrypt, "ln=16,r=8,p=1"),
            (Scheme::Scrypt, "ln=40,r=8,p=1"),
            (Scheme::Pbkdf2, "599999"),
            (Scheme::Pbkdf2, "10000001"),
            (Scheme::Pbkdf2, ""),
            (Scheme::ShaCrypt, "5000"),
            (Scheme::Firebase, "8"),
        ] {
            assert!(
                PasswordCost::with(scheme, refused).is_err(),
                "{scheme} {refused}"
            );
        }
    }
}
