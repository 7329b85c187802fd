//! The cost of new hashes.

use std::fmt;

use super::{Memory, PasswordCostError, Scheme, argon2, bcrypt, pbkdf2, scrypt, spelling};

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
    /// Creates a cost of Argon2id (RFC 9106) with one lane.
    ///
    /// # Errors
    ///
    /// - The memory is below 47104 KiB with one pass, 19456 KiB with two, or 12288 KiB with more
    ///   (OWASP ASVS 5.0, appendix C).
    /// - The memory is above 256 MiB, or the product of memory and passes is above one GiB.
    pub fn argon2id(memory_kib: u32, passes: u32) -> Result<Self, PasswordCostError> {
        argon2::Cost::new(memory_kib, passes).map(|cost| Self(Kind::Argon2id(cost)))
    }

    /// Creates a cost of bcrypt: the hash needs 2^`cost` rounds. The usual cost is 12.
    ///
    /// bcrypt reads at most 72 bytes. So it gets an HMAC-SHA-256 of the password, as in passlib's
    /// `$bcrypt-sha256$`, and the whole password counts.
    ///
    /// # Errors
    ///
    /// The cost is not from 10 (OWASP ASVS 5.0, appendix C) to 15.
    pub fn bcrypt(cost: u32) -> Result<Self, PasswordCostError> {
        bcrypt::Cost::new(cost).map(|cost| Self(Kind::Bcrypt(cost)))
    }

    /// Creates a cost of scrypt (RFC 7914) with N = 2^`log_n`. A hash needs 128·N·`r` bytes of
    /// memory, and time in proportion to N·`r`·`p`.
    ///
    /// # Errors
    ///
    /// - The values are below `log_n` 17, `r` 8, `p` 1, below 16, 8, 2, and below 15, 8, 3 (OWASP
    ///   ASVS 5.0, appendix C).
    /// - The memory is above 256 MiB, or N·`r`·`p` is above 4194304.
    pub fn scrypt(log_n: u32, r: u32, p: u32) -> Result<Self, PasswordCostError> {
        scrypt::Cost::new(log_n, r, p).map(|cost| Self(Kind::Scrypt(cost)))
    }

    /// Creates a cost of PBKDF2 with HMAC-SHA-256 (RFC 8018, section 5.2).
    ///
    /// # Errors
    ///
    /// The iterations are not from 600,000 (OWASP ASVS 5.0, appendix C) to ten million.
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
    ///
    /// # Errors
    ///
    /// The text has another form, the cost is outside the limits of the scheme, or the scheme makes
    /// no new hashes here.
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
        let cost = match self.0 {
            Kind::Argon2id(cost) => cost,
            // Then only hashes of other systems need it.
            _ => argon2::Cost::default(),
        };
        Memory::keeping(cost.blocks())
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
