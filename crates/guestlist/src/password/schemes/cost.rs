//! The cost of new hashes.

use std::fmt;

use super::{
    Scheme,
    argon2::{self, Memory},
    bcrypt, pbkdf2, scrypt, spelling,
};

/// The scheme and the cost of new hashes. It is never below the minimum of OWASP ASVS 5.0, appendix
/// C, and never above the limit for stored hashes.
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
    /// Argon2id with one lane. The minimum is 19456 KiB with two passes, 47104 KiB with one, or
    /// 12288 KiB with three. The maximum is 256 MiB, and one GiB for memory times passes.
    pub fn argon2id(memory_kib: u32, passes: u32) -> Result<Self, PasswordCostError> {
        argon2::Cost::new(memory_kib, passes).map(|cost| Self(Kind::Argon2id(cost)))
    }

    /// bcrypt with a cost from 10 to 15 over an HMAC-SHA-256 of the password, so that nothing is
    /// cut off: passlib's `$bcrypt-sha256$`. The usual cost is 12.
    pub fn bcrypt(cost: u32) -> Result<Self, PasswordCostError> {
        bcrypt::Cost::new(cost).map(|cost| Self(Kind::Bcrypt(cost)))
    }

    /// scrypt with N = 2^`log_n`. The minimum of `log_n`, `r` and `p` is 17, 8, 1, or 16, 8, 2, or
    /// 15, 8, 3.
    pub fn scrypt(log_n: u32, r: u32, p: u32) -> Result<Self, PasswordCostError> {
        scrypt::Cost::new(log_n, r, p).map(|cost| Self(Kind::Scrypt(cost)))
    }

    /// PBKDF2 with HMAC-SHA-256 and 600,000 to ten million iterations.
    pub fn pbkdf2_sha256(iterations: u32) -> Result<Self, PasswordCostError> {
        pbkdf2::Cost::new(iterations).map(|cost| Self(Kind::Pbkdf2Sha256(cost)))
    }

    /// Returns the usual cost of the scheme, or `None` if it cannot make new hashes here.
    pub fn of(scheme: Scheme) -> Option<Self> {
        Some(Self(match scheme {
            Scheme::Argon2 => Kind::Argon2id(argon2::Cost::default()),
            Scheme::Bcrypt => Kind::Bcrypt(bcrypt::Cost::default()),
            Scheme::Scrypt => Kind::Scrypt(scrypt::Cost::default()),
            Scheme::Pbkdf2 => Kind::Pbkdf2Sha256(pbkdf2::Cost::default()),
            Scheme::ShaCrypt | Scheme::Firebase => return None,
        }))
    }

    /// Parses a cost in the form of the scheme's hashes: `m=19456,t=2,p=1` for Argon2id, `12` for
    /// bcrypt, `ln=17,r=8,p=1` for scrypt, `600000` for PBKDF2. [`Display`](fmt::Display) writes
    /// the same form.
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

    /// Returns the scheme of new hashes.
    pub fn scheme(self) -> Scheme {
        match self.0 {
            Kind::Argon2id(_) => Scheme::Argon2,
            Kind::Bcrypt(_) => Scheme::Bcrypt,
            Kind::Scrypt(_) => Scheme::Scrypt,
            Kind::Pbkdf2Sha256(_) => Scheme::Pbkdf2,
        }
    }

    /// Returns a very low cost, for tests that are not about the cost.
    #[cfg(any(test, feature = "testing"))]
    pub fn for_tests() -> Self {
        Self(Kind::Argon2id(argon2::Cost::FOR_TESTS))
    }

    /// Very low costs of each scheme that makes hashes, and one that is lower still.
    #[cfg(test)]
    pub(crate) const EACH_FOR_TESTS: [Self; 5] = [
        Self(Kind::Argon2id(argon2::Cost::FOR_TESTS)),
        Self(Kind::Argon2id(argon2::Cost::CHEAPER)),
        Self(Kind::Bcrypt(bcrypt::Cost::FOR_TESTS)),
        Self(Kind::Scrypt(scrypt::Cost::FOR_TESTS)),
        Self(Kind::Pbkdf2Sha256(pbkdf2::Cost::FOR_TESTS)),
    ];

    /// Returns the memory that a hashing thread keeps between two hashes.
    pub(crate) fn memory(self) -> Memory {
        Memory::keeping(match self.0 {
            Kind::Argon2id(cost) => cost,
            // Then only hashes of other systems need it.
            _ => argon2::Cost::default(),
        })
    }

    /// Hashes a password with a new salt.
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

    /// Creates a hash that costs as much to verify as a real one, and that no password matches,
    /// because its output is random.
    pub(crate) fn dummy_hash(self) -> Result<String, getrandom::Error> {
        match self.0 {
            Kind::Argon2id(cost) => argon2::dummy_hash(cost),
            Kind::Bcrypt(cost) => bcrypt::dummy_hash(cost),
            Kind::Scrypt(cost) => scrypt::dummy_hash(cost),
            Kind::Pbkdf2Sha256(cost) => pbkdf2::dummy_hash(cost),
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

/// The cost is below the minimum or above the limit, or its form is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordCostError {
    /// The cost for Argon2id is invalid; see [`PasswordCost::argon2id`].
    #[error(
        "Argon2id needs m=MEMORY,t=PASSES,p=1: at least m=19456,t=2 or m=47104,t=1 or m=12288,t=3 (OWASP ASVS 5.0, appendix C). At most m=262144 with m·t=1048576"
    )]
    Argon2id,
    /// The cost for bcrypt is invalid; see [`PasswordCost::bcrypt`].
    #[error("bcrypt needs a cost from 10 (OWASP ASVS 5.0, appendix C) to 15")]
    Bcrypt,
    /// The cost for scrypt is invalid; see [`PasswordCost::scrypt`].
    #[error(
        "scrypt needs ln=…,r=…,p=…: at least ln=17,r=8,p=1 or ln=16,r=8,p=2 or ln=15,r=8,p=3 (OWASP ASVS 5.0, appendix C). At most 256 MiB and N·r·p=4194304"
    )]
    Scrypt,
    /// The number of iterations is invalid; see [`PasswordCost::pbkdf2_sha256`].
    #[error(
        "PBKDF2 with SHA-256 needs from 600000 (OWASP ASVS 5.0, appendix C) to 10000000 iterations"
    )]
    Pbkdf2Sha256,
    /// The scheme makes no new hashes here.
    #[error("{0} is only read here: use argon2, bcrypt, scrypt or pbkdf2 for new hashes")]
    OnlyRead(Scheme),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_written_in_the_form_in_which_it_is_read() {
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
    fn a_cost_that_is_too_low_too_high_or_malformed_is_refused() {
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
