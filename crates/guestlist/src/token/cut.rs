//! Removes tokens from texts that clients sent, before the texts are logged, stored or shown.

use std::borrow::Cow;

/// The start of every JWT: `{"` in Base64.
const JWT: &str = "eyJ";

/// Cuts every token in `text` to the prefix that shows its kind: `/join/glp_`.
///
/// Only the prefix is checked. It counts at the start of the text, or after a character that no
/// token contains, such as `/` or `=`. A prefix is `gl`, a lower-case letter and `_`, as all kinds
/// of opaque tokens have now and later, or the `eyJ` of a JWT. Percent-encoded characters count
/// too.
pub fn cut_tokens(text: &str) -> Cow<'_, str> {
    let mut cut = String::new();
    let (mut kept_from, mut at, mut may_begin) = (0, 0, true);
    while let Some(character) = Character::at(text, at) {
        if may_begin && let Some(prefix) = prefix_at(text, at) {
            let end = end_of_token(text, prefix);
            if end > prefix {
                cut.push_str(&text[kept_from..prefix]);
                kept_from = end;
            }
            at = end;
            may_begin = false;
            continue;
        }
        may_begin = !is_of_a_token(character.byte);
        at = character.end;
    }
    if kept_from == 0 {
        return Cow::Borrowed(text);
    }
    cut.push_str(&text[kept_from..]);
    Cow::Owned(cut)
}

/// Whether the text contains a token, by the rule of [`cut_tokens`].
pub fn holds_token(text: &str) -> bool {
    matches!(cut_tokens(text), Cow::Owned(_))
}

/// One byte of a text, percent-decoded.
struct Character {
    byte: u8,
    end: usize,
}

impl Character {
    fn at(text: &str, at: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let byte = *bytes.get(at)?;
        let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        if byte == b'%'
            && let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2))
        {
            return Some(Self {
                byte: u8::try_from(high * 16 + low).unwrap_or(byte),
                end: at + 3,
            });
        }
        Some(Self { byte, end: at + 1 })
    }
}

/// Returns the end of the prefix that starts at `at`, if one does.
fn prefix_at(text: &str, at: usize) -> Option<usize> {
    let reads = |expected: &[fn(u8) -> bool]| {
        expected.iter().try_fold(at, |at, is_expected| {
            let character = Character::at(text, at)?;
            is_expected(character.byte).then_some(character.end)
        })
    };
    let opaque: [fn(u8) -> bool; 4] = [
        |byte| byte == b'g',
        |byte| byte == b'l',
        |byte| byte.is_ascii_lowercase(),
        |byte| byte == b'_',
    ];
    let jwt: [fn(u8) -> bool; 3] = [
        |byte| byte == JWT.as_bytes()[0],
        |byte| byte == JWT.as_bytes()[1],
        |byte| byte == JWT.as_bytes()[2],
    ];
    reads(&opaque).or_else(|| reads(&jwt))
}

/// Returns the end of the token whose rest starts at `rest`. An encoded character is part of the
/// token, whatever it is.
fn end_of_token(text: &str, rest: usize) -> usize {
    let bytes = &text.as_bytes()[rest..];
    let belongs = |byte: u8| is_of_a_token(byte) || matches!(byte, b'.' | b'~' | b'%' | b'=');
    let length = bytes.iter().position(|byte| !belongs(*byte));
    rest + length.unwrap_or(bytes.len())
}

/// Whether a byte is in the alphabet of base64url (RFC 4648, section 5).
fn is_of_a_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{OpaqueToken, TokenKind};

    #[test]
    fn every_kind_of_token_is_cut_to_its_prefix() {
        for kind in TokenKind::ALL {
            let token = OpaqueToken::new(kind, Uuid::nil());
            let (token, prefix) = (token.expose(), kind.prefix());
            for (text, expected) in [
                (format!("/join/{token}"), format!("/join/{prefix}")),
                (format!("/{token}/events"), format!("/{prefix}/events")),
                (token.to_owned(), prefix.to_owned()),
                (format!("/a;t={token},b"), format!("/a;t={prefix},b")),
                (
                    format!("/a?t={token}&u={token}#{token}"),
                    format!("/a?t={prefix}&u={prefix}#{prefix}"),
                ),
                (format!("/a%3D{token}"), format!("/a%3D{prefix}")),
                (format!("/é{token}é"), format!("/é{prefix}é")),
            ] {
                assert_eq!(cut_tokens(&text), expected, "{text}");
                assert!(holds_token(&text), "{text}");
            }
        }
    }

    #[test]
    fn future_kinds_jwts_and_encoded_tokens_are_cut_too() {
        for (text, expected) in [
            ("/l/glx_secret", "/l/glx_"),
            ("/l/eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln", "/l/eyJ"),
            ("/l/%67lp_secret", "/l/%67lp_"),
            ("/l/g%6cp%5Fsec%72et/x", "/l/g%6cp%5F/x"),
            ("/l/%65yJhbGci", "/l/%65yJ"),
        ] {
            assert_eq!(cut_tokens(text), expected);
        }
    }

    #[test]
    fn a_text_without_a_token_is_unchanged() {
        for text in [
            "",
            "/",
            "/api/v1/events/0190e7a0-0000-7000-8000-000000000000",
            "/glp_",
            "/glP_secret",
            "/GLP_secret",
            "/englp_secret",
            "/glp",
            "/%",
            "/%6",
            "/%zz",
            "/gl%",
            "/é%67l",
        ] {
            assert!(
                matches!(cut_tokens(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
            assert!(!holds_token(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn cutting_never_panics_and_leaves_no_token(text in "(/|=|%|%67|gl|glp_|eyJ|x|é|\\PC){0,24}") {
            let once = cut_tokens(&text).into_owned();
            prop_assert!(!holds_token(&once), "{}", once);
        }
    }
}
