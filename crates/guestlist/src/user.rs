//! The record of a user.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use unicode_normalization::UnicodeNormalization;

use crate::{Email, PasswordHash, Role, Timestamp, Unseen, UserId, find_unseen, is_blank};

/// The longest name, in characters.
const MAX_NAME: usize = 200;

/// Counts how often all of a user's sessions were ended at once. A session stores the user's epoch
/// at its creation, and is valid only while the two are equal. The same holds for personal access
/// tokens and [`User::token_epoch`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

impl Epoch {
    /// Returns the next epoch.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// An account.
#[derive(Clone, Debug)]
pub struct User {
    /// The id, which never changes and is never used again.
    pub id: UserId,
    /// The e-mail address that the user signs in with; unique.
    pub email: Email,
    /// The hash of the password; `None` for a user who cannot sign in by password.
    pub password_hash: Option<PasswordHash>,
    /// The name that other users see, if the user gave one.
    pub name: Option<UserName>,
    /// When the user signed up.
    pub created_at: Timestamp,
    /// When the address was verified, if it was.
    pub verified_at: Option<Timestamp>,
    /// When the user was disabled, if they were.
    pub disabled_at: Option<Timestamp>,
    /// What the user may do.
    pub role: Role,
    /// When the user was approved. `None` for a user who waits for an administrator's approval and
    /// cannot sign in.
    pub approved_at: Option<Timestamp>,
    /// The epoch of the user's sessions; see [`Epoch`].
    pub epoch: Epoch,
    /// The epoch of the user's personal access tokens.
    pub token_epoch: Epoch,
}

impl User {
    /// Whether the user is an administrator who can act: a disabled one cannot.
    pub fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.disabled_at.is_none()
    }
}

/// Hashes every stored field. Two spellings of an e-mail address are equal, and differ here.
impl Hash for User {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Every field is named, so that a new field is not forgotten here.
        let Self {
            id,
            email,
            password_hash,
            name,
            created_at,
            verified_at,
            disabled_at,
            role,
            approved_at,
            epoch,
            token_epoch,
        } = self;
        (id, email.key(), email.as_given(), password_hash, name).hash(state);
        (created_at, verified_at, disabled_at, epoch, token_epoch).hash(state);
        (role, approved_at).hash(state);
    }
}

/// The name of a user that others see: one line of at most 200 characters, without invisible
/// characters, that does not look like an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName(String);

impl UserName {
    /// Removes whitespace around the text, and checks that the rest follows the rules of a
    /// [`UserName`].
    ///
    /// # Errors
    ///
    /// If the rest breaks one of the rules: [`UserNameError`] says which one.
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        let name = Self::line(text)?;
        if name.looks_like_an_address() {
            return Err(UserNameError::Address);
        }
        Ok(name)
    }

    /// Parses a name that only its owner sees, which may have an `@`.
    pub(crate) fn line(text: &str) -> Result<Self, UserNameError> {
        let text = text.trim();
        if text.chars().nth(MAX_NAME).is_some() {
            return Err(UserNameError::TooLong);
        }
        if text.chars().any(breaks_a_line) {
            return Err(UserNameError::Control);
        }
        if is_blank(text) {
            return Err(UserNameError::Empty);
        }
        match find_unseen(text) {
            Some(unseen) => Err(UserNameError::Unseen(unseen)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// Whether the name contains an `@`, so that others could take it for an e-mail address.
    /// [`parse`](Self::parse) refuses such a name, but earlier versions stored some.
    pub fn looks_like_an_address(&self) -> bool {
        // NFKC turns the full-width and the small `@` into a plain one.
        !self.0.is_ascii() && self.0.nfkc().any(|c| c == '@') || self.0.contains('@')
    }

    /// Restores a name from its stored text ([`as_str`](Self::as_str)).
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character is a control character or one of the two other line breaks of Unicode.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is refused as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    /// The text is empty.
    #[error("the name is empty")]
    Empty,
    /// The text has more than 200 characters.
    #[error("a name may have at most {MAX_NAME} characters")]
    TooLong,
    /// The text has a control character or a line break.
    #[error("the name contains a control character")]
    Control,
    /// The text has a character that is invisible or changes the direction of the line.
    #[error("the name must not contain {0}")]
    Unseen(Unseen),
    /// The text has an `@`, so others could take it for an e-mail address.
    #[error("a name must not have an @: others could take it for an e-mail address")]
    Address,
}

impl UserNameError {
    /// Returns the error in words for another text that has the rules of a name, such as a note.
    pub fn about(self, thing: &str) -> String {
        self.to_string().replacen("name", thing, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_visible_line() {
        let long = "é".repeat(200);
        for (text, expected) in [
            (" Ada Lovelace ", Ok("Ada Lovelace")),
            (
                "Зоя O'Neill-المثال 太郎 👩\u{200d}🚀",
                Ok("Зоя O'Neill-المثال 太郎 👩\u{200d}🚀"),
            ),
            (&long, Ok(long.as_str())),
            (&format!("{long}x"), Err(UserNameError::TooLong)),
            ("", Err(UserNameError::Empty)),
            (" \u{3000} ", Err(UserNameError::Empty)),
            ("Ada\0", Err(UserNameError::Control)),
            ("Ada\nLovelace", Err(UserNameError::Control)),
            ("Ada\u{1b}[31m", Err(UserNameError::Control)),
            ("Ada\u{2028}Lovelace", Err(UserNameError::Control)),
            ("علی\u{200c}رضا", Ok("علی\u{200c}رضا")),
            ("\u{200b}", Err(UserNameError::Empty)),
            ("ceo@bigcorp.example", Err(UserNameError::Address)),
            ("ceo ＠ bigcorp", Err(UserNameError::Address)),
            ("ceo﹫bigcorp", Err(UserNameError::Address)),
        ] {
            let parsed = UserName::parse(text).map(|name| name.to_string());
            assert_eq!(parsed, expected.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn direction_changes_and_invisible_characters_are_refused_in_names_and_addresses() {
        let turning = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        let hiding = ['\u{200b}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{feff}'];
        for c in turning.chain(hiding) {
            let name = UserName::parse(&format!("Ada {c}Lovelace"));
            let found = Unseen {
                character: c,
                place: 5,
            };
            assert_eq!(name, Err(UserNameError::Unseen(found)), "{c:?}");
            let email = Email::parse(&format!("ada{c}@example.com"));
            assert!(email.is_err(), "{c:?}");
        }
    }
}
