//! The record of a person who may come in.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::{Email, PasswordHash, Timestamp, Unseen, UserId, find_unseen, is_blank};

/// In characters.
const MAX_NAME: usize = 200;

/// Counts how often all of a user's sessions were ended at once. A session remembers the epoch it
/// was born in and is dead in any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i64);

impl Epoch {
    /// The epoch after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// An account.
#[derive(Clone, Debug)]
pub struct User {
    /// The name that never changes and is never given again.
    pub id: UserId,
    /// The address the user signs in with; unique.
    pub email: Email,
    /// What the password is checked against; none for somebody who cannot sign in by password.
    pub password_hash: Option<PasswordHash>,
    /// What people call the user, if that is known.
    pub name: Option<UserName>,
    /// When the user signed up.
    pub created_at: Timestamp,
    /// Since when the address is known to be the user's, if it is.
    pub verified_at: Option<Timestamp>,
    /// Since when the user is kept out, if so.
    pub disabled_at: Option<Timestamp>,
    /// See [`Epoch`].
    pub epoch: Epoch,
    /// The same for what outlives sessions: personal tokens.
    pub token_epoch: Epoch,
}

/// What others see of a user: one line of text, at most 200 characters, that reads as it is spelled and
/// does not look like an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    /// Reads a name; what is blank around it is dropped.
    ///
    /// # Errors
    ///
    /// If the text is not such a name.
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        let name = Self::line(text)?;
        if name.looks_like_an_address() {
            return Err(UserNameError::Address);
        }
        Ok(name)
    }

    /// The same for what only its owner sees.
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

    /// Whether others could take it for an e-mail address, which a name says nothing about. Names that
    /// were stored before this was refused may.
    pub fn looks_like_an_address(&self) -> bool {
        // NFKC makes the wide and the small `@` a plain one.
        !self.0.is_ascii() && self.0.nfkc().any(|c| c == '@') || self.0.contains('@')
    }

    /// The name a store has kept, as [`as_str`](Self::as_str) gave it.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters, and the two of Unicode that end a line without being any.
fn breaks_a_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    /// There is nothing in it.
    #[error("the name is empty")]
    Empty,
    /// More than 200 characters.
    #[error("a name may have at most {MAX_NAME} characters")]
    TooLong,
    /// A control character or a line break.
    #[error("the name holds a control character")]
    Control,
    /// A character that turns the direction of the line, or is drawn as nothing.
    #[error("the name must not hold {0}")]
    Unseen(Unseen),
    /// It has an `@` and could be taken for somebody's e-mail address.
    #[error("a name has no @: others could take it for an e-mail address")]
    Address,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_says_something() {
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
    fn what_turns_a_line_around_or_hides_in_it_is_in_no_name_and_in_no_address() {
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
