//! The schemes a hash can be of: each reads the strings of its formats, bounds what they may cost here,
//! and computes. No two read the same string.

mod limits;
mod spelling;

mod argon2;
mod bcrypt;
mod firebase;
mod pbkdf2;
mod scrypt;
mod sha_crypt;
mod unreadable;

pub use unreadable::UnreadableHash;

use std::{fmt, str::FromStr};

pub(crate) use argon2::Memory;

/// A family of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// RFC 9106, in PHC strings or Django's.
    Argon2,
    /// `$2a$`, `$2b$`, `$2y$`, and passlib's and Django's forms that hash with SHA-256 first.
    Bcrypt,
    /// RFC 7914, as passlib, Django, Werkzeug and better-auth spell it.
    Scrypt,
    /// RFC 8018, section 5.2, as passlib, Django, Werkzeug, PHC and LDAP spell it.
    Pbkdf2,
    /// `$5$` and `$6$` of Linux.
    ShaCrypt,
    /// Firebase's scrypt, in Supabase's `$fbscrypt$`.
    Firebase,
}

impl Scheme {
    /// Every one there is.
    pub const ALL: [Self; 6] = [
        Self::Argon2,
        Self::Bcrypt,
        Self::Scrypt,
        Self::Pbkdf2,
        Self::ShaCrypt,
        Self::Firebase,
    ];

    /// Its name in settings, metrics and lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Argon2 => "argon2",
            Self::Bcrypt => "bcrypt",
            Self::Scrypt => "scrypt",
            Self::Pbkdf2 => "pbkdf2",
            Self::ShaCrypt => "sha-crypt",
            Self::Firebase => "firebase",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Scheme {
    type Err = NoSuchScheme;

    fn from_str(name: &str) -> Result<Self, NoSuchScheme> {
        let mut all = Self::ALL.into_iter();
        all.find(|scheme| scheme.name() == name).ok_or(NoSuchScheme)
    }
}

/// There is no [`Scheme`] of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schemes are argon2, bcrypt, scrypt, pbkdf2, sha-crypt and firebase")]
pub struct NoSuchScheme;

/// How new hashes are made: by which scheme, and at what cost. Never below the floors of OWASP ASVS
/// 5.0, appendix C, and never above what a stored hash may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
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
    pub fn argon2id(memory_kib: u32, passes: u32) -> Result<Self, WeakCostError> {
        argon2::Cost::new(memory_kib, passes).map(|cost| Self(Kind::Argon2id(cost)))
    }

    /// bcrypt from 10 to 15 over an HMAC-SHA-256 of the password, so that nothing is cut off: passlib's
    /// `$bcrypt-sha256$`. 12 is usual.
    pub fn bcrypt(cost: u32) -> Result<Self, WeakCostError> {
        bcrypt::Cost::new(cost).map(|cost| Self(Kind::Bcrypt(cost)))
    }

    /// scrypt with N = 2^`log_n`: at least 17, 8, 1, or 16, 8, 2, or 15, 8, 3.
    pub fn scrypt(log_n: u32, r: u32, p: u32) -> Result<Self, WeakCostError> {
        scrypt::Cost::new(log_n, r, p).map(|cost| Self(Kind::Scrypt(cost)))
    }

    /// PBKDF2 with HMAC-SHA-256: 600,000 iterations at least, ten million at most.
    pub fn pbkdf2_sha256(iterations: u32) -> Result<Self, WeakCostError> {
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

/// The cost is under the floor or over the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakCostError {
    /// See [`PasswordCost::argon2id`].
    #[error(
        "Argon2id takes at least m=19456 t=2, m=47104 t=1 or m=12288 t=3 (OWASP ASVS 5.0, appendix C), and at most m=262144 with m·t=1048576"
    )]
    Argon2id,
    /// See [`PasswordCost::bcrypt`].
    #[error("bcrypt takes a cost from 10 (OWASP ASVS 5.0, appendix C) to 15")]
    Bcrypt,
    /// See [`PasswordCost::scrypt`].
    #[error(
        "scrypt takes at least ln=17 r=8 p=1, ln=16 r=8 p=2 or ln=15 r=8 p=3 (OWASP ASVS 5.0, appendix C), and at most 256 MiB and N·r·p=4194304"
    )]
    Scrypt,
    /// See [`PasswordCost::pbkdf2_sha256`].
    #[error(
        "PBKDF2 with SHA-256 takes from 600000 (OWASP ASVS 5.0, appendix C) to 10000000 iterations"
    )]
    Pbkdf2Sha256,
}

/// What a stored string says.
#[derive(Debug)]
pub(crate) enum Parsed {
    Argon2(argon2::Hash),
    Bcrypt(bcrypt::Hash),
    Scrypt(scrypt::Hash),
    Pbkdf2(pbkdf2::Hash),
    ShaCrypt(sha_crypt::Hash),
    Firebase(firebase::Hash),
}

/// Reads a hash of any scheme.
pub(crate) fn parse(text: &str) -> Result<Parsed, UnreadableHash> {
    let text = text.strip_prefix("{CRYPT}").unwrap_or(text);
    let formats = [
        |text: &str| argon2::parse(text).map(|hash| hash.map(Parsed::Argon2)),
        |text: &str| bcrypt::parse(text).map(|hash| hash.map(Parsed::Bcrypt)),
        |text: &str| pbkdf2::parse(text).map(|hash| hash.map(Parsed::Pbkdf2)),
        |text: &str| scrypt::parse(text).map(|hash| hash.map(Parsed::Scrypt)),
        |text: &str| sha_crypt::parse(text).map(|hash| hash.map(Parsed::ShaCrypt)),
        |text: &str| firebase::parse(text).map(|hash| hash.map(Parsed::Firebase)),
    ];
    let mut read = formats.iter().filter_map(|format| format(text));
    read.next().unwrap_or_else(|| Err(unreadable::name(text)))
}

impl Parsed {
    pub(crate) fn scheme(&self) -> Scheme {
        match self {
            Self::Argon2(_) => Scheme::Argon2,
            Self::Bcrypt(_) => Scheme::Bcrypt,
            Self::Scrypt(_) => Scheme::Scrypt,
            Self::Pbkdf2(_) => Scheme::Pbkdf2,
            Self::ShaCrypt(_) => Scheme::ShaCrypt,
            Self::Firebase(_) => Scheme::Firebase,
        }
    }

    pub(crate) fn verify(&self, password: &[u8], memory: &mut Memory) -> bool {
        match self {
            Self::Argon2(hash) => hash.verify(password, memory),
            Self::Bcrypt(hash) => hash.verify(password),
            Self::Scrypt(hash) => hash.verify(password),
            Self::Pbkdf2(hash) => hash.verify(password),
            Self::ShaCrypt(hash) => hash.verify(password),
            Self::Firebase(hash) => hash.verify(password),
        }
    }

    /// Whether that is what would be made now, by scheme and by cost.
    pub(crate) fn is_made_with(&self, cost: PasswordCost) -> bool {
        match (self, cost.0) {
            (Self::Argon2(hash), Kind::Argon2id(cost)) => hash.is_made_with(cost),
            (Self::Bcrypt(hash), Kind::Bcrypt(cost)) => hash.is_made_with(cost),
            (Self::Scrypt(hash), Kind::Scrypt(cost)) => hash.is_made_with(cost),
            (Self::Pbkdf2(hash), Kind::Pbkdf2Sha256(cost)) => hash.is_made_with(cost),
            _ => false,
        }
    }

    /// Whether a password that verified is known to be the whole password.
    pub(crate) fn sees_all_of(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(hash) => hash.sees_all_of(password),
            _ => true,
        }
    }

    /// Whether only the beginning of a long password was hashed.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self, Self::Bcrypt(hash) if hash.is_cut())
    }

    /// Whether it was made of the password in normal form KC.
    pub(crate) fn wants_compatibility_form(&self) -> bool {
        matches!(self, Self::Scrypt(hash) if hash.wants_compatibility_form())
    }
}

#[cfg(test)]
mod tests;
