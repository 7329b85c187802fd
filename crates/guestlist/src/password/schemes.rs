//! The schemes a hash can be of: each reads the strings of its formats, bounds what they may cost here,
//! and computes. No two read the same string.

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

/// A family of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// RFC 9106, in PHC strings or Django's. As a name, `argon2id` will do too: that is what is made.
    Argon2,
    /// `$2a$`, `$2b$`, `$2y$`, and passlib's and Django's forms that hash with SHA-256 first.
    Bcrypt,
    /// RFC 7914, as passlib, Django, Werkzeug and better-auth spell it.
    Scrypt,
    /// RFC 8018, section 5.2, as passlib, Django, Werkzeug, PHC and LDAP spell it. As a name,
    /// `pbkdf2-sha256` will do too: that is what is made.
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
        let name = match name {
            "argon2id" => "argon2",
            "pbkdf2-sha256" => "pbkdf2",
            name => name,
        };
        let mut all = Self::ALL.into_iter();
        all.find(|scheme| scheme.name() == name).ok_or(NoSuchScheme)
    }
}

/// There is no [`Scheme`] of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schemes are argon2, bcrypt, scrypt, pbkdf2, sha-crypt and firebase")]
pub struct NoSuchScheme;

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

    /// The parameters that decide what it costs, as its scheme spells them.
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

    /// Whether the hash was made here, at whatever cost: then it was made of normal form C.
    pub(crate) fn is_made_here(&self) -> bool {
        match self {
            Self::Argon2(hash) => hash.has_our_salt(),
            Self::Bcrypt(hash) => hash.has_our_salt(),
            Self::Scrypt(hash) => hash.has_our_salt(),
            Self::Pbkdf2(hash) => hash.has_our_salt(),
            Self::ShaCrypt(_) | Self::Firebase(_) => false,
        }
    }

    /// Whether that is what would be made now, by scheme and by cost.
    pub(crate) fn is_made_with(&self, cost: PasswordCost) -> bool {
        match (self, cost.kind()) {
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
