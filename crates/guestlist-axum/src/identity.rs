//! Extractors that say in a handler's signature who may call it; all other requests are refused.
//!
//! | extractor | accepted credentials |
//! |---|---|
//! | [`CurrentUser`], [`CurrentSession`] | a session's access token, or its cookie |
//! | [`Reauthenticated`] | the same, if the user reauthenticated a moment ago |
//! | [`Delegated`] | the same, or a personal access token with read or write scope |
//! | [`Admin`] | the same as [`CurrentUser`], if the user is an administrator |
//! | [`CurrentService`] | a service token |
//!
//! A valid token with too small a scope is a 403 `insufficient_scope` (RFC 6750, section 3.1). A
//! service token is not an access token, and an access token is not a service token: in the other's
//! place each is a 401 `invalid_token` (RFC 7662, section 2.3).
//!
//! A cookie is accepted only inside a [`BrowserLayer`](crate::BrowserLayer) layer, and only without
//! an `Authorization` header.

mod admin;
mod delegated;
mod reauthenticated;
mod service;

pub use admin::Admin;
pub use delegated::Delegated;
pub use reauthenticated::Reauthenticated;
pub use service::CurrentService;

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use guestlist::{Email, Guestlist, IdentifyError, Identity, Scope, Session, User, UserId};

use crate::{
    Problem,
    bearer::{Bearer, bearer},
    browser::Visit,
};

/// The signed-in user. A handler with this extractor is called only for a signed-in user. Personal
/// access tokens are refused; [`Delegated`] accepts them.
///
/// `Option<CurrentUser>` also accepts visitors: it is `None` if the request has no token. It still
/// refuses an invalid token. An invalid cookie counts as no token, because a browser sends a cookie
/// long after its session has ended. If the
/// store is unavailable, every request with a token or a cookie is refused.
#[derive(Clone, Debug)]
pub struct CurrentUser(Arc<Identity>);

/// The session of the signed-in user. Handlers that change the account use this extractor. It
/// refuses personal access tokens, because they have no session.
#[derive(Clone, Debug)]
pub struct CurrentSession(Arc<Identity>);

impl CurrentUser {
    /// The user's id.
    pub fn id(&self) -> UserId {
        self.0.user.id
    }

    /// The user's e-mail address.
    pub fn email(&self) -> &Email {
        &self.0.user.email
    }

    /// The user's record.
    pub fn user(&self) -> &User {
        &self.0.user
    }
}

impl CurrentSession {
    /// The session.
    pub fn session(&self) -> &Session {
        let session = self.0.session();
        session.expect("CurrentSession::of checked that there is a session")
    }

    /// The session's user.
    pub fn user(&self) -> &User {
        &self.0.user
    }

    fn of(identity: Arc<Identity>) -> Result<Self, Problem> {
        if identity.session().is_some() && identity.scope.includes(Scope::Account) {
            Ok(Self(identity))
        } else {
            Err(Problem::insufficient_scope(Scope::Account))
        }
    }
}

impl From<CurrentSession> for CurrentUser {
    fn from(current: CurrentSession) -> Self {
        Self(current.0)
    }
}

impl<S> FromRequestParts<S> for CurrentSession
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let identity = identify(&Guestlist::from_ref(state), parts).await?;
        Self::of(identity.ok_or_else(Problem::not_authenticated)?)
    }
}

impl<S> FromRequestParts<S> for CurrentUser
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let current = CurrentSession::from_request_parts(parts, state).await;
        current.map(Self::from)
    }
}

impl<S> OptionalFromRequestParts<S> for CurrentUser
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        let identity = identify_or_stranger(&Guestlist::from_ref(state), parts).await?;
        let current = identity.map(CurrentSession::of).transpose()?;
        Ok(current.map(Self::from))
    }
}

/// Returns the identity of the request's credential, of any scope, or `None` without a credential.
/// A cookie counts only inside a [`BrowserLayer`](crate::BrowserLayer) layer, and never beside an
/// `Authorization` header.
async fn identify(guestlist: &Guestlist, parts: &Parts) -> Result<Option<Arc<Identity>>, Problem> {
    if let Some(token) = credential(parts)? {
        return Ok(Some(guestlist.identify(token).await?));
    }
    match Visit::cookie_of(parts)? {
        Some(value) => Ok(Some(guestlist.identify_cookie(value).await?)),
        None => Ok(None),
    }
}

/// Does the same for handlers that also accept visitors. An invalid cookie counts as none, because
/// a browser keeps sending it.
async fn identify_or_stranger(
    guestlist: &Guestlist,
    parts: &Parts,
) -> Result<Option<Arc<Identity>>, Problem> {
    if let Some(token) = credential(parts)? {
        return Ok(Some(guestlist.identify(token).await?));
    }
    let Some(value) = Visit::cookie_of(parts)? else {
        return Ok(None);
    };
    match guestlist.identify_cookie(value).await {
        Err(IdentifyError::InvalidToken) => Ok(None),
        identity => Ok(Some(identity?)),
    }
}

/// Returns the unchecked token in the request's header, if there is one.
fn credential(parts: &Parts) -> Result<Option<&str>, Problem> {
    match bearer(parts) {
        Bearer::Absent => Ok(None),
        Bearer::Malformed => Err(Problem::malformed_authorization()),
        Bearer::NoToken => Err(Problem::invalid_token()),
        Bearer::Token(token) => Ok(Some(token)),
    }
}
