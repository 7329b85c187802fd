//! The names of the schemes.

use std::{fmt, str::FromStr};

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
