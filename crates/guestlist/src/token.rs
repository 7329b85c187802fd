//! What a client holds to prove a session. In this part: the signed access token.

mod jwt;

pub(crate) use jwt::{Claims, InvalidJwt, JwtKey};

use std::fmt;

use zeroize::Zeroizing;

/// A token that opens its session to whoever holds it. It cannot be printed or compared.
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    pub(crate) fn new(token: String) -> Self {
        Self(Zeroizing::new(token))
    }

    /// The token itself, for the answer to the one who signed in and for nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}
