//! Passwords: what people type, what is stored of it, and the rules in between.
//!
//! A [`Password`] cannot be printed, serialised or compared; what is stored is another type,
//! [`PasswordHash`]. The [`hasher`] holds the ordered schemes; [`pool`] its threads.

mod admission;
mod hasher;
mod policy;
mod pool;
mod schemes;
mod standing;

mod breached;
mod commonest;
mod context;

mod advice;

pub use admission::{HashRefusal, SlowHash};
pub use advice::Advice;
pub use breached::{BreachedListError, BreachedPasswords, BuiltFilter};
pub use hasher::HashError;
pub(crate) use hasher::{Hasher, Hashing, Verdict};
pub use policy::{PasswordError, PasswordPolicy};
pub use schemes::{NoSuchScheme, PasswordCost, PasswordCostError, Scheme, UnreadableHash};
pub use standing::HashStanding;

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// What somebody typed, in Unicode's normal form C (NIST SP 800-63B-4, section 3.1.1.2), so that
/// the same word typed on two machines is the same password.
#[derive(Clone)]
pub struct Password {
    normal: Zeroizing<String>,
    /// As it came, where that is something else: how another system may have hashed it.
    as_typed: Option<Zeroizing<String>>,
}

impl Password {
    /// Takes what was typed, as it is: nothing is trimmed, cut or folded.
    pub fn new(typed: impl Into<String>) -> Self {
        let typed = Zeroizing::new(typed.into());
        let normal = Zeroizing::new(typed.nfc().collect::<String>());
        Self {
            as_typed: (*normal != *typed).then_some(typed),
            normal,
        }
    }

    pub(crate) fn expose(&self) -> &str {
        &self.normal
    }

    /// What another system may have hashed in place of the normal form: where it took the bytes as
    /// they came, or the normal form KC.
    fn foreign_forms(&self, compatibility_form: bool) -> Vec<Zeroizing<String>> {
        let kc = || Zeroizing::new(self.normal.nfkc().collect::<String>());
        let mut forms: Vec<_> = compatibility_form.then(kc).into_iter().collect();
        forms.extend(self.as_typed.clone());
        forms.retain(|form| *form != self.normal);
        forms.dedup();
        forms
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
    /// Takes over a hash that another system made, if it can be verified here.
    ///
    /// # Errors
    ///
    /// What is wrong with it: its format, or what it would cost.
    pub fn parse(text: &str) -> Result<Self, UnreadableHash> {
        schemes::parse(text).map(|_| Self(text.to_owned()))
    }

    /// The hash a store has kept.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The hash for a store to keep, and for nothing else.
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// The scheme it is of, if it can be read.
    pub fn scheme(&self) -> Option<Scheme> {
        schemes::parse(&self.0).ok().map(|hash| hash.scheme())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_password_nor_its_hash_prints() {
        let (composed, decomposed) = ("canary caf\u{e9}", "canary cafe\u{301}");
        for typed in [composed, decomposed] {
            let password = Password::new(typed);
            assert_eq!(
                format!("{password:?} {password:#?}"),
                "Password(…) Password(…)"
            );
        }
        let hash = PasswordHash::from_stored("canary");
        assert_eq!(
            format!("{hash:?} {hash:#?}"),
            "PasswordHash(…) PasswordHash(…)"
        );
    }
}
