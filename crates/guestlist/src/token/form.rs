//! Form tokens: hidden values in our forms that show where a request was made (OWASP ASVS 5.0,
//! 3.5.1). A token is 128 random bits and a MAC over these bits and what the token is bound to.
//! Nothing is stored. The bits differ in each form, so that an attack on compression cannot guess
//! the MAC.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::random;
use crate::{SecretKey, SessionId, secret_key::Secrets};

const BITS: usize = 16;
const MAC: usize = 32;
/// The length of a token; other texts are not decoded.
const LEN: usize = (BITS + MAC) / 3 * 4;

/// What a form token is bound to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FormOf<'a> {
    /// A session.
    Session(SessionId),
    /// A browser without a session, by the value of its cookie.
    Visitor(&'a str),
}

/// Creates and verifies form tokens.
pub(crate) struct FormKeys {
    current: Zeroizing<[u8; 32]>,
    previous: Option<Zeroizing<[u8; 32]>>,
}

impl FormKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let derive = |secret: &SecretKey| secret.derive("form token, MAC");
        Self {
            current: derive(secrets.current()),
            previous: secrets.previous().map(derive),
        }
    }

    pub(crate) fn token(&self, of: FormOf<'_>) -> String {
        let bits = random::<BITS>();
        let mac = hmac(&self.current, of, bits.as_ref()).finalize();
        let mut whole = bits.to_vec();
        whole.extend_from_slice(&mac.into_bytes());
        URL_SAFE_NO_PAD.encode(whole)
    }

    /// Whether this server made the token for `of`, with the current secret or the previous one.
    pub(crate) fn made(&self, of: FormOf<'_>, token: &str) -> bool {
        if token.len() != LEN {
            return false;
        }
        let Ok(whole) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        let Some((bits, mac)) = whole.split_at_checked(BITS) else {
            return false;
        };
        let mut newest_first = std::iter::once(&self.current).chain(&self.previous);
        newest_first.any(|key| hmac(key, of, bits).verify_slice(mac).is_ok())
    }
}

/// Computes the MAC. The byte in front separates visitors from sessions.
fn hmac(key: &[u8; 32], of: FormOf<'_>, bits: &[u8]) -> Hmac<Sha256> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.update(bits);
    match of {
        FormOf::Session(id) => {
            hmac.update(b"s");
            hmac.update(id.as_uuid().as_bytes());
        }
        FormOf::Visitor(held) => {
            hmac.update(b"v");
            hmac.update(held.as_bytes());
        }
    }
    hmac
}

impl std::fmt::Debug for FormOf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Session(id) => write!(f, "Session({id})"),
            Self::Visitor(_) => f.write_str("Visitor(…)"),
        }
    }
}

impl std::fmt::Debug for FormKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FormKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn secret(text: &str) -> SecretKey {
        SecretKey::weak(text).expect("is a key")
    }

    fn keys(current: &str, previous: Option<&str>) -> FormKeys {
        FormKeys::new(&Secrets::new(secret(current), previous.map(secret)))
    }

    fn session(number: u128) -> FormOf<'static> {
        FormOf::Session(Uuid::from_u128(number).into())
    }

    /// CS02, CS03, CS04: a token of another session, and one from before the sign-in.
    #[test]
    fn a_token_is_valid_only_for_what_it_was_made_for() {
        let keys = keys("a secret", None);
        let all = [
            session(1),
            session(2),
            FormOf::Visitor("visitor"),
            FormOf::Visitor("another"),
            FormOf::Visitor(""),
        ];
        for of in all {
            let token = keys.token(of);
            for other in all {
                assert_eq!(keys.made(other, &token), other == of, "{of:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_visitor_with_the_bytes_of_a_session_id_is_not_that_session() {
        let id = Uuid::from_bytes(*b"sixteen bytes---");
        let (session, visitor) = (
            FormOf::Session(id.into()),
            FormOf::Visitor("sixteen bytes---"),
        );
        let keys = keys("a secret", None);
        assert!(!keys.made(visitor, &keys.token(session)));
        assert!(!keys.made(session, &keys.token(visitor)));
    }

    #[test]
    fn two_tokens_of_one_session_differ_and_are_both_valid() {
        let keys = keys("a secret", None);
        let (one, two) = (keys.token(session(1)), keys.token(session(1)));
        assert_ne!(one, two);
        assert!(keys.made(session(1), &one) && keys.made(session(1), &two));
    }

    #[test]
    fn a_token_of_the_previous_secret_is_valid_and_of_another_is_not() {
        let old = keys("a secret", None).token(session(1));
        assert!(keys("another", Some("a secret")).made(session(1), &old));
        assert!(!keys("another", None).made(session(1), &old));
    }

    #[test]
    fn a_token_with_a_changed_character_is_refused() {
        let keys = keys("a secret", None);
        let token = keys.token(session(1));
        assert_eq!(token.len(), LEN);
        for at in 0..token.len() {
            let mut changed = token.clone();
            let other = if &token[at..=at] == "A" { "B" } else { "A" };
            changed.replace_range(at..=at, other);
            assert!(!keys.made(session(1), &changed), "{at}");
        }
        for bad in [
            "",
            "null",
            &token[1..],
            &format!("{token}A"),
            &" ".repeat(LEN),
        ] {
            assert!(!keys.made(session(1), bad), "{bad}");
        }
    }
}
