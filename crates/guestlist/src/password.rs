//! Passwords: what people type, what is stored of it, and the rules in between.
//!
//! A [`Password`] cannot be printed, serialised or compared; what is stored is another type,
//! [`PasswordHash`]. The [`hasher`] holds the ordered schemes; [`pool`] its threads.

mod hasher;
mod policy;
mod pool;
mod schemes;

pub use hasher::HashError;
pub(crate) use hasher::{Hasher, Verdict};
pub use policy::{PasswordError, PasswordPolicy};
pub use schemes::{Argon2idCost, WeakCostError};

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What somebody typed, in Unicode's normal form C (NIST SP 800-63B-4, section 3.1.1.2), so that
/// the same word typed on two machines is the same password.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed, as it is: nothing is trimmed, cut or folded.
    pub fn new(typed: impl Into<String>) -> Self {
        let typed = Zeroizing::new(typed.into());
        Self(Zeroizing::new(typed.nfc().collect()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What is stored of a password: a string that names its scheme, cost and salt.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The hash a store has kept, or one that another system made.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The hash for a store to keep, and for nothing else.
    pub fn as_stored(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
