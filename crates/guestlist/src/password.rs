//! Passwords: the typed text, the stored hash, and the rules between them.
//!
//! A [`Password`] cannot be printed, serialised or compared. The stored form is a different type,
//! [`PasswordHash`]. The [`hasher`] has the ordered list of schemes; [`pool`] has its threads.

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

/// A typed password in Unicode's normalization form C (NIST SP 800-63B-4, section 3.1.1.2), so that
/// the same word typed on two machines is the same password.
#[derive(Clone)]
pub struct Password {
    normal: Zeroizing<String>,
    /// The text as it was typed, if it differs: another system may have hashed it in this form.
    as_typed: Option<Zeroizing<String>>,
}

impl Password {
    /// Takes the typed text unchanged: it is not trimmed, cut or case-folded.
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

    /// Returns the forms that another system may have hashed instead of form C: the bytes as they
    /// were typed, or form KC.
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

/// Stands before the hash of a password that does not count yet. No scheme's format begins with it.
const UNCONFIRMED: &str = "$unconfirmed";

/// The stored form of a password: a string with scheme, cost and salt.
#[derive(Clone, Hash)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Accepts a hash that another system made, if it can be verified here.
    ///
    /// # Errors
    ///
    /// The format is unknown, or verification would cost too much.
    pub fn parse(text: &str) -> Result<Self, UnreadableHash> {
        let hash = Self(text.to_owned());
        schemes::parse(hash.without_mark())?;
        Ok(hash)
    }

    /// Restores a hash from its stored text.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text to store. Use it for nothing else.
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// Returns the scheme, if the hash can be read.
    pub fn scheme(&self) -> Option<Scheme> {
        schemes::parse(self.without_mark())
            .ok()
            .map(|hash| hash.scheme())
    }

    /// Whether the password was chosen by a visitor who has not verified yet that the address of
    /// the account is theirs. Such a password opens no session.
    pub fn is_unconfirmed(&self) -> bool {
        self.0.starts_with(UNCONFIRMED)
    }

    /// Marks the hash of a new account whose address must be verified first.
    pub(crate) fn into_unconfirmed(self) -> Self {
        Self(format!("{UNCONFIRMED}{}", self.without_mark()))
    }

    /// Removes the mark of [`into_unconfirmed`](Self::into_unconfirmed), after the address was verified.
    pub(crate) fn into_confirmed(self) -> Self {
        Self(self.without_mark().to_owned())
    }

    /// Returns the stored text without the mark.
    pub(in crate::password) fn without_mark(&self) -> &str {
        self.0.strip_prefix(UNCONFIRMED).unwrap_or(&self.0)
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
    fn a_password_and_its_hash_cannot_be_printed() {
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
