//! The schemes of password hashes. Each parses its string formats, limits their cost, and computes
//! hashes. No two schemes accept the same string.

mod cost;
mod limits;
mod salt;
mod spelling;
mod work;

mod argon2;
mod bcrypt;
mod firebase;
mod pbkdf2;
mod scrypt;
mod sha_crypt;
mod unreadable;

pub use cost::{PasswordCost, PasswordCostError};
pub use unreadable::UnreadableHash;

use std::{fmt, str::FromStr};

pub(crate) use argon2::Memory;
use cost::Kind;
pub(crate) use work::Work;

/// A family of hash formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// RFC 9106, in PHC strings or Django's. The name `argon2id` is accepted too, because new
    /// hashes use it.
    Argon2,
    /// `$2a$`, `$2b$`, `$2y$`, and the forms of passlib and Django that hash with SHA-256 first.
    Bcrypt,
    /// RFC 7914, in the formats of passlib, Django, Werkzeug and better-auth.
    Scrypt,
    /// RFC 8018, section 5.2, in the formats of passlib, Django, Werkzeug, PHC and LDAP. The name
    /// `pbkdf2-sha256` is accepted too, because new hashes use it.
    Pbkdf2,
    /// `$5$` and `$6$` of Linux.
    ShaCrypt,
    /// Firebase's scrypt, in Supabase's format `$fbscrypt$`.
    Firebase,
}

impl Scheme {
    /// All schemes.
    pub const ALL: [Self; 6] = [
        Self::Argon2,
        Self::Bcrypt,
        Self::Scrypt,
        Self::Pbkdf2,
        Self::ShaCrypt,
        Self::Firebase,
    ];

    /// The name in settings, metrics and lists.
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
        let name = match name {
            "argon2id" => "argon2",
            "pbkdf2-sha256" => "pbkdf2",
            name => name,
        };
        let mut all = Self::ALL.into_iter();
        all.find(|scheme| scheme.name() == name).ok_or(NoSuchScheme)
    }
}

/// No [`Scheme`] has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schemes are argon2, bcrypt, scrypt, pbkdf2, sha-crypt and firebase")]
pub struct NoSuchScheme;

/// The content of a stored hash.
#[derive(Debug)]
pub(crate) enum Parsed {
    Argon2(argon2::Hash),
    Bcrypt(bcrypt::Hash),
    Scrypt(scrypt::Hash),
    Pbkdf2(pbkdf2::Hash),
    ShaCrypt(sha_crypt::Hash),
    Firebase(firebase::Hash),
}

/// Parses a hash of any scheme.
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

    /// Returns the parameters that decide the cost, as the scheme writes them.
    pub(crate) fn parameters(&self) -> String {
        match self {
            Self::Argon2(hash) => hash.cost().to_string(),
            Self::Bcrypt(hash) => format!("cost={}", hash.cost()),
            Self::Scrypt(hash) => hash.cost().to_string(),
            Self::Pbkdf2(hash) => format!("iterations={}", hash.iterations()),
            Self::ShaCrypt(hash) => format!("rounds={}", hash.rounds()),
            Self::Firebase(hash) => {
                let (log_n, r, p) = hash.cost();
                format!("n={log_n},r={r},p={p}")
            }
        }
    }

    /// Whether this library made the hash, at any cost. Then it was made from normalization form C.
    pub(crate) fn is_made_here(&self) -> bool {
        match self {
            Self::Argon2(hash) => hash.has_our_salt(),
            Self::Bcrypt(hash) => hash.has_our_salt(),
            Self::Scrypt(hash) => hash.has_our_salt(),
            Self::Pbkdf2(hash) => hash.has_our_salt(),
            Self::ShaCrypt(_) | Self::Firebase(_) => false,
        }
    }

    /// Whether a new hash would have the same scheme and cost.
    pub(crate) fn is_made_with(&self, cost: PasswordCost) -> bool {
        match (self, cost.kind()) {
            (Self::Argon2(hash), Kind::Argon2id(cost)) => hash.is_made_with(cost),
            (Self::Bcrypt(hash), Kind::Bcrypt(cost)) => hash.is_made_with(cost),
            (Self::Scrypt(hash), Kind::Scrypt(cost)) => hash.is_made_with(cost),
            (Self::Pbkdf2(hash), Kind::Pbkdf2Sha256(cost)) => hash.is_made_with(cost),
            _ => false,
        }
    }

    /// Whether the verified password is known to be the whole password.
    pub(crate) fn sees_all_of(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(hash) => hash.sees_all_of(password),
            _ => true,
        }
    }

    /// Whether the hash covers only the start of a long password.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self, Self::Bcrypt(hash) if hash.is_cut())
    }

    /// Whether the hash was made from normalization form KC.
    pub(crate) fn wants_compatibility_form(&self) -> bool {
        matches!(self, Self::Scrypt(hash) if hash.wants_compatibility_form())
    }
}

#[cfg(test)]
mod tests;
