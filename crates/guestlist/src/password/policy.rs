//! What may become a password. Checked when one is chosen, never when one is proven.

use super::{
    commonest::is_common,
    context::{Candidate, words_of_email, words_of_site},
};
use crate::{Email, Password};

/// Longer ones are not even looked at.
const MAX_BYTES: usize = 4096;

/// How long a password must and may be, in characters after normalisation. The commonest
/// passwords, words of the e-mail address and of the place, and one character over and over are
/// refused at any length. Nothing is asked of the mixture of characters.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    /// 8 by default, as OWASP ASVS 5.0 (6.2.1) and the books ask; 15 is the figure of
    /// NIST SP 800-63B-4 (section 3.1.1.2) for a password that is the only factor.
    pub min_chars: usize,
    /// 1024 by default. More than 4096 bytes are refused in any case.
    pub max_chars: usize,
    /// What people call the place, whose words nobody may take for a password. Empty by default:
    /// it has no name.
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
    /// Whether that password will do for the owner of that address, if the address is known.
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

    /// Whether that is short enough to spend a hash on.
    pub(crate) fn could_be_hashed(&self, password: &Password) -> bool {
        let text = password.expose();
        text.len() <= MAX_BYTES && text.chars().count() <= self.max_chars
    }
}

/// Why a password will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer characters than so many.
    #[error("a password needs at least {0} characters")]
    TooShort(usize),
    /// More characters than so many, or more than 4096 bytes.
    #[error("a password may have at most {0} characters")]
    TooLong(usize),
    /// It is among the first that anybody would try.
    #[error("this password is one of the first anybody would try")]
    TooCommon,
    /// The same character over and over.
    #[error("a password needs more than one character over and over")]
    OneCharacter,
    /// It is nothing but the e-mail address or a part of it: as it is, backwards, over and over,
    /// or with digits and punctuation around it.
    #[error("the password must not be the e-mail address or a part of it")]
    SameAsEmail,
    /// The same of the name of the place.
    #[error("the password must not be the name of this place")]
    SameAsSite,
    /// It is in the list of breached ones, or one of the few that look so.
    #[error("this password is in a list of leaked ones")]
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
    fn the_books_passwords_are_good_enough() {
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
        // Eight characters, seven of them after e and its accent have become one.
        assert_eq!(check("123abce\u{301}"), Err(PasswordError::TooShort(8)));
        assert_eq!(check(&"äö".repeat(512)), Ok(()));
        assert_eq!(check(&"ab".repeat(513)), Err(PasswordError::TooLong(1024)));
        assert_eq!(check(&"\u{1f600}\u{1f601}".repeat(512)), Ok(()));
    }

    #[test]
    fn what_anybody_would_try_is_refused() {
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
        fn nothing_is_asked_of_the_mixture_of_characters(
            password in "[a-z]{15,64}|[A-Z]{15,64}|[0-9]{15,64}|[!-/]{15,64}|[а-яё]{15,64}|[ -~]{15,64}"
        ) {
            prop_assert_eq!(check(&password), Ok(()));
        }
    }
}
