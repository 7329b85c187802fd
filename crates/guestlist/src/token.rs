//! The credentials that clients hold: opaque tokens and signed access tokens. Their stored forms
//! are different types.

mod algorithm;
mod cut;
mod draft;
mod form;
mod hash;
mod jwk;
mod jws;
mod jwt;
mod key;
mod keyring;
#[allow(dead_code, reason = "codes of mails are not used yet")]
mod link;
mod opaque;
mod record;
mod refresh;
mod rotation;
mod sealed;

pub use algorithm::{Algorithm, NoSuchAlgorithm};
pub use cut::{cut_tokens, holds_token};
pub(crate) use draft::DraftKeys;
pub(crate) use form::FormKeys;
pub use form::FormOf;
pub(crate) use hash::TokenKeys;
pub use hash::{TokenHash, TokenKeyId};
pub use jwk::JwkSet;
pub(crate) use jwt::{Claims, InvalidJwt, Jwt};
pub(crate) use keyring::{Keyring, UnusableKey};
pub(crate) use link::{LinkKeys, ShownLink};
pub use link::{LinkPurpose, LinkPurposeError, LinkToken};
pub(crate) use opaque::{NoToken, random};
pub use opaque::{OpaqueToken, TokenKind};
pub use record::{Token, TokenName, TokenOwner};
pub(crate) use refresh::{RefreshKeys, RefreshToken, Successor};
pub(crate) use rotation::{KeyLife, Rotation};

use std::fmt;

use zeroize::Zeroizing;

/// An access token, or the value of a session cookie. It cannot be printed or compared.
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    pub(crate) fn new(token: String) -> Self {
        Self(Zeroizing::new(token))
    }

    /// Returns the token itself. Use it only for the answer to the user who signed in.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}
