//! Responses with new credentials.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use guestlist::{Guestlist, OpaqueToken, Session, SignedIn, Wanted};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{KnownDevice, SessionBody, SessionCookie};

/// A new session and its credentials.
#[derive(Serialize, ToSchema)]
pub(crate) struct Opened {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// The lifetime of the access token, in seconds.
    expires_in: u64,
    /// A refresh token: trade it for new tokens at `/token`, once. Absent if none was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    session: SessionBody,
}

/// Tokens in the form of RFC 6749, section 5.1.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tokens {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// The lifetime of the access token, in seconds.
    expires_in: u64,
    /// A refresh token: trade it for new tokens at this address, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// Returns the credentials for a client that cannot choose: an access token of the configured
/// strategy, and a refresh token.
pub(super) fn by_default(guestlist: &Guestlist) -> Wanted {
    Wanted::Tokens {
        strategy: guestlist.strategy(),
        refresh: true,
    }
}

/// The answer when a new session replaces the caller's: tokens for tokens, a cookie for a cookie. A
/// cookie's value is never in a body (OWASP ASVS 5.0, 3.3.4 and 10.1.1).
pub(crate) struct Replacement {
    signed_in: SignedIn,
    cookie: Option<SessionCookie>,
}

impl Replacement {
    /// `before` is the caller's session, and the new one is in `signed_in`.
    pub(super) fn new(browser: &KnownDevice, before: &Session, signed_in: SignedIn) -> Self {
        let cookie = browser.after_replacement(before, &signed_in);
        Self { signed_in, cookie }
    }
}

impl IntoResponse for Replacement {
    fn into_response(self) -> Response {
        match self.cookie {
            Some(cookie) => (cookie, StatusCode::NO_CONTENT).into_response(),
            None => Json(Opened::from(self.signed_in)).into_response(),
        }
    }
}

impl From<SignedIn> for Tokens {
    fn from(signed_in: SignedIn) -> Self {
        let refresh_token = signed_in.refresh_token.as_ref();
        Self {
            access_token: signed_in.access_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: signed_in.expires_in.as_secs(),
            refresh_token: refresh_token.map(OpaqueToken::expose).map(str::to_owned),
        }
    }
}

impl From<SignedIn> for Opened {
    fn from(signed_in: SignedIn) -> Self {
        let session = SessionBody::new(&signed_in.session, true);
        let tokens = Tokens::from(signed_in);
        Self {
            access_token: tokens.access_token,
            token_type: tokens.token_type,
            expires_in: tokens.expires_in,
            refresh_token: tokens.refresh_token,
            session,
        }
    }
}
