//! Parses the stored hashes of all schemes.

use super::{
    Scheme, UnreadableHash, Work, argon2, bcrypt,
    cost::{Kind, PasswordCost},
    firebase,
    memory::Memory,
    pbkdf2, scrypt, sha_crypt, unreadable,
};

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

    /// Returns the work of verifying a password of this many bytes.
    pub(crate) fn work(&self, password_bytes: usize) -> Work {
        match self {
            Self::Argon2(hash) => hash.work(),
            Self::Bcrypt(hash) => hash.work(),
            Self::Scrypt(hash) => hash.work(),
            Self::Pbkdf2(hash) => hash.work(),
            Self::ShaCrypt(hash) => hash.work(password_bytes),
            Self::Firebase(hash) => hash.work(),
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
