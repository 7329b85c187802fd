//! The rules for new passwords. They are checked when a user chooses a password, and never at a
//! sign-in.

use super::{
    commonest::is_common,
    context::{Candidate, words_of_email, words_of_site},
};
use crate::{Email, Password};

/// The most bytes of a password. Longer ones are refused before any other check.
const MAX_BYTES: usize = 4096;

/// The rules for new passwords: their length in characters after normalization. At any length, the
/// most common passwords, words of the e-mail address and of the site's name, and one repeated
/// character are refused. No mixture of characters is required.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    /// The fewest characters. Default: 8, as OWASP ASVS 5.0 (6.2.1) and the FastAPI books require.
    /// NIST SP 800-63B-4 (section 3.1.1.2) requires 15 for a password that is the only factor.
    pub min_chars: usize,
    /// The most characters. Default: 1024. More than 4096 bytes are always refused.
    pub max_chars: usize,
    /// The name of the site; words of this name are refused as passwords. Default: empty, for no
    /// name.
    pub site_name: String,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_chars: 8,
            max_chars: 1024,
            site_name: String::new(),
        }
    }
}

impl PasswordPolicy {
    /// Checks a new password for the user with this address, if the address is known.
    pub fn check(&self, password: &Password, email: Option<&Email>) -> Result<(), PasswordError> {
        let text = password.expose();
        if !self.could_be_hashed(password) {
            return Err(PasswordError::TooLong(self.max_chars));
        }
        if text.chars().count() < self.min_chars {
            return Err(PasswordError::TooShort(self.min_chars));
        }
        let folded = text.to_lowercase();
        if is_common(&folded) {
            return Err(PasswordError::TooCommon);
        }
        let mut chars = text.chars();
        let first = chars.next();
        if chars.all(|c| Some(c) == first) {
            return Err(PasswordError::OneCharacter);
        }
        let candidate = Candidate::new(&folded);
        if email.is_some_and(|email| candidate.is_one_of(&words_of_email(email))) {
            return Err(PasswordError::SameAsEmail);
        }
        if candidate.is_one_of(&words_of_site(&self.site_name)) {
            return Err(PasswordError::SameAsSite);
        }
        Ok(())
    }

    /// Whether the password is short enough to be hashed.
    pub(crate) fn could_be_hashed(&self, password: &Password) -> bool {
        let text = password.expose();
        text.len() <= MAX_BYTES && text.chars().count() <= self.max_chars
    }
}

/// Why a new password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The password has fewer characters than this.
    #[error("a password needs at least {0} characters")]
    TooShort(usize),
    /// The password has more characters than this, or more than 4096 bytes.
    #[error("a password may have at most {0} characters")]
    TooLong(usize),
    /// The password is one of the most common ones.
    #[error("this password is one of the most common ones")]
    TooCommon,
    /// The password is one repeated character.
    #[error("a password must not be one repeated character")]
    OneCharacter,
    /// The password is only the e-mail address or a part of it: as it is, backwards, repeated, or
    /// with digits and punctuation around it.
    #[error("the password must not be the e-mail address or a part of it")]
    SameAsEmail,
    /// The password is only the name of the site: as it is, backwards, repeated, or with digits and
    /// punctuation around it.
    #[error("the password must not be the name of this site")]
    SameAsSite,
    /// The password is in the list of breached passwords. The filter also refuses a few good
    /// passwords by mistake: one in [`BuiltFilter::one_false_in`](crate::BuiltFilter).
    #[error("this password is in a list of leaked passwords")]
    Breached,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(password: &str) -> Result<(), PasswordError> {
        check_for("Reader.One@packt.com", password)
    }

    fn check_for(email: &str, password: &str) -> Result<(), PasswordError> {
        let policy = PasswordPolicy {
            site_name: "Guestlist of Ada".to_owned(),
            ..PasswordPolicy::default()
        };
        let email = Email::parse(email).expect("parses");
        policy.check(&Password::new(password), Some(&email))
    }

    #[test]
    fn the_passwords_of_the_fastapi_books_are_accepted() {
        for (email, password) in [
            ("reader@packt.com", "exemplary"),
            ("testuser@packt.com", "testpassword"),
            ("fastapi@packt.com", "strong!!!"),
        ] {
            assert_eq!(check_for(email, password), Ok(()), "{password}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_after_normalisation() {
        assert_eq!(check("1357ace"), Err(PasswordError::TooShort(8)));
        assert_eq!(check("1357aceg"), Ok(()));
        // Eight characters, which are seven after e and its accent are combined.
        assert_eq!(check("123abce\u{301}"), Err(PasswordError::TooShort(8)));
        assert_eq!(check(&"äö".repeat(512)), Ok(()));
        assert_eq!(check(&"ab".repeat(513)), Err(PasswordError::TooLong(1024)));
        assert_eq!(check(&"\u{1f600}\u{1f601}".repeat(512)), Ok(()));
    }

    #[test]
    fn easily_guessed_passwords_are_refused() {
        for (password, expected) in [
            ("password", PasswordError::TooCommon),
            ("PassWord", PasswordError::TooCommon),
            ("12345678", PasswordError::TooCommon),
            ("               ", PasswordError::OneCharacter),
            ("reader.one@packt.com", PasswordError::SameAsEmail),
            ("READER.ONE", PasswordError::SameAsEmail),
            ("reader123", PasswordError::SameAsEmail),
            ("packt.com", PasswordError::SameAsEmail),
            ("guestlist of ada", PasswordError::SameAsSite),
            ("1tsiltseug!", PasswordError::SameAsSite),
        ] {
            assert_eq!(check(password), Err(expected), "{password}");
        }
    }

    proptest! {
        /// OWASP ASVS 5.0, 6.2.5
        #[test]
        fn no_mixture_of_characters_is_required(
            password in "[a-z]{15,64}|[A-Z]{15,64}|[0-9]{15,64}|[!-/]{15,64}|[а-яё]{15,64}|[ -~]{15,64}"
        ) {
            prop_assert_eq!(check(&password), Ok(()));
        }
    }
}
