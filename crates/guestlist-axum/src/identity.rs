//! Who may call stands in the handler's signature: whoever it does not name is refused.
//!
//! | extractor | is given to whoever sends |
//! |---|---|
//! | [`CurrentUser`], [`CurrentSession`] | a session's access token, or its cookie |
//! | [`Fresh`] | the same, if the password was proven a moment ago |
//! | [`Delegated`] | the same, or a personal token, to read or to write |
//! | [`CurrentService`] | a service's token |
//!
//! A token that lives but opens too little is a 403 `insufficient_scope` (RFC 6750, section 3.1). A
//! service's token is no access token, and no access token is a service's: each is a 401
//! `invalid_token` in the other's place, as RFC 7662, section 2.3, has it.
//!
//! A cookie is looked at where a [`BrowserDoor`](crate::BrowserDoor) stands around the routes, and only
//! without an `Authorization` header.

mod delegated;
mod fresh;
mod service;

pub use delegated::Delegated;
pub use fresh::Fresh;
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

/// Somebody who is signed in. A handler that asks for one is called for nobody else, and by no
/// personal token unless it asks for [`Delegated`].
///
/// `Option<CurrentUser>` takes strangers too: it is none when no token was sent. A bad one is
/// refused all the same, but for a cookie, which a browser sends long after its session; and when the
/// store is down nobody comes in.
#[derive(Clone, Debug)]
pub struct CurrentUser(Arc<Identity>);

/// The session by which somebody is signed in. A handler that asks for one works on the account:
/// no personal token calls it.
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

    /// The whole record.
    pub fn user(&self) -> &User {
        &self.0.user
    }
}

impl CurrentSession {
    /// The session.
    pub fn session(&self) -> &Session {
        let session = self.0.session();
        session.expect("nobody comes in here by anything else")
    }

    /// Whose it is.
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

/// Whose credential the request carries, if it carries one, whatever that opens. A cookie counts where a
/// [`BrowserDoor`](crate::BrowserDoor) let it through, and never beside an `Authorization` header.
async fn identify(guestlist: &Guestlist, parts: &Parts) -> Result<Option<Arc<Identity>>, Problem> {
    if let Some(token) = credential(parts)? {
        return Ok(Some(guestlist.identify(token).await?));
    }
    match Visit::cookie_of(parts)? {
        Some(value) => Ok(Some(guestlist.identify_cookie(value).await?)),
        None => Ok(None),
    }
}

/// The same for whoever lets strangers in, too. A cookie that opens nothing any more is as good as none:
/// a browser goes on sending it.
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

/// The token that the request carries in its header, which may be anybody's or none of ours.
fn credential(parts: &Parts) -> Result<Option<&str>, Problem> {
    match bearer(parts) {
        Bearer::Absent => Ok(None),
        Bearer::Malformed => Err(Problem::malformed_authorization()),
        Bearer::NoToken => Err(Problem::invalid_token()),
        Bearer::Token(token) => Ok(Some(token)),
    }
}
