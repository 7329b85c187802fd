//! A service, which is not a user.

use std::borrow::Cow;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use guestlist::{Guestlist, IdentifyError, KnownService, TokenName};

use super::credential;
use crate::Problem;

/// A service with a token that an operator issued. The token is sent as Bearer, or as the password
/// of HTTP Basic (RFC 7617) with any user name. RFC 7662, section 2.1, leaves the choice, and most
/// resource servers support only Basic. Any other credential, even a valid access token, is refused
/// with 401 (section 2.3).
#[derive(Clone, Debug)]
pub struct CurrentService(KnownService);

impl CurrentService {
    /// The name of the service.
    pub fn name(&self) -> &TokenName {
        &self.0.name
    }

    pub(crate) fn known(&self) -> &KnownService {
        &self.0
    }
}

impl<S> FromRequestParts<S> for CurrentService
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let guestlist = Guestlist::from_ref(state);
        let (token, is_basic) = match basic_password(&parts.headers) {
            Basic::Password(token) => (Cow::Owned(token), true),
            Basic::Malformed => return Err(Problem::malformed_basic()),
            Basic::Absent => match credential(parts)? {
                Some(token) => (Cow::Borrowed(token), false),
                None => return Err(Problem::not_authenticated()),
            },
        };
        let known = guestlist.identify_service(&token).await;
        if is_basic {
            // The OAuth forms refuse client credentials in this header, and these belong to the
            // service.
            parts.headers.remove(AUTHORIZATION);
        }
        match known {
            Ok(known) => Ok(Self(known)),
            Err(IdentifyError::InvalidToken) if is_basic => Err(Problem::invalid_service()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The content of an HTTP Basic header.
#[derive(Debug, PartialEq)]
enum Basic {
    /// There is no header of that scheme, or more than one header.
    Absent,
    /// The value does not encode a user name and a password.
    Malformed,
    Password(String),
}

fn basic_password(headers: &HeaderMap) -> Basic {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Basic::Absent;
    };
    let value = value.as_bytes();
    let end = value.iter().position(|b| *b == b' ').unwrap_or(value.len());
    let (scheme, encoded) = value.split_at(end);
    if !scheme.eq_ignore_ascii_case(b"Basic") {
        return Basic::Absent;
    }
    let decoded = BASE64_STANDARD.decode(encoded.trim_ascii()).ok();
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.as_deref().and_then(|text| text.split_once(':')) {
        Some((_, password)) => Basic::Password(password.to_owned()),
        None => Basic::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_basic_is_everything_after_the_first_colon() {
        let password = |text: &str| Basic::Password(text.to_owned());
        for (value, expected) in [
            ("Basic Z2F0ZXdheTpnbHNfYQ==", password("gls_a")),
            ("basic Z2F0ZXdheTpnbHNfYQ==", password("gls_a")),
            ("Basic OmdsczphOmI=", password("gls:a:b")),
            ("Basic Z2F0ZXdheTo=", password("")),
            ("Basic Z2F0ZXdheQ==", Basic::Malformed),
            ("Basic ?", Basic::Malformed),
            ("Basic gICA", Basic::Malformed),
            ("Basic ", Basic::Malformed),
            ("Basic", Basic::Malformed),
            ("Basic a:b", Basic::Malformed),
            ("Digest", Basic::Absent),
            ("Digest Z2F0ZXdheTpnbHNfYQ==", Basic::Absent),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().expect("is a value"));
            assert_eq!(basic_password(&headers), expected, "{value}");
        }
    }
}
