//! Recovery codes: ten of 50 random bits, in two groups of five characters of Base32 (RFC 4648,
//! section 6). Base32 has no 0, 1, 8 and 9, which users take for letters.

use std::fmt;

use zeroize::Zeroizing;

use super::{random, totp::BASE32};

/// How many characters a code has, without the hyphen.
const CHARACTERS: usize = 10;
/// Where the hyphen is.
const GROUP: usize = 5;

/// A recovery code. It cannot be printed. Show it once, to its user.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// Creates a code.
    pub(crate) fn new() -> Self {
        let bits = random::<CHARACTERS>();
        // Each character takes five bits of its byte, so that all characters are equally likely.
        let characters = bits
            .iter()
            .map(|byte| char::from(BASE32[usize::from(byte & 31)]));
        Self(Zeroizing::new(characters.collect()))
    }

    /// Reads a code as a user types it: in any case, with spaces and hyphens anywhere.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let mut code = Zeroizing::new(String::with_capacity(CHARACTERS));
        for character in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let character = character.to_ascii_uppercase();
            let is_one = u8::try_from(character).is_ok_and(|byte| BASE32.contains(&byte));
            if !is_one || code.len() == CHARACTERS {
                return None;
            }
            code.push(character);
        }
        (code.len() == CHARACTERS).then_some(Self(code))
    }

    /// Returns the characters without the hyphen.
    pub(crate) fn characters(&self) -> &str {
        &self.0
    }

    /// Returns the code for the user: two groups of five characters.
    pub fn expose(&self) -> Zeroizing<String> {
        let (first, second) = self.0.split_at(GROUP);
        Zeroizing::new(format!("{first}-{second}"))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_shown_and_as_people_type_it() {
        let code = RecoveryCode::new();
        let shown = code.expose();
        assert_eq!(shown.len(), 11);
        for typed in [
            shown.to_string(),
            shown.to_lowercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
            format!("  {} ", shown.replace('-', " - ")),
        ] {
            let read = RecoveryCode::parse(&typed).expect("is a code");
            assert_eq!(read.characters(), code.characters(), "{typed}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
        assert_ne!(RecoveryCode::new().expose(), shown);
    }

    #[test]
    fn similar_characters_and_other_lengths_are_refused() {
        for typed in [
            "",
            "AAAAA-AAAA",
            "AAAAA-AAAAAA",
            "AAAAA-AAAA0",
            "AAAAA-AAAA1",
            "AAAAA-AAAA8",
            "AAAAA-AAAAé",
            "ＡAAAA-AAAAA",
            "AAAAA_AAAAA",
        ] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed}");
        }
    }
}
