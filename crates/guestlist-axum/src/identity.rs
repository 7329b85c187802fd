//! Who may call stands in the handler's signature.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use guestlist::{Email, Guestlist, Identity, Session, User, UserId};

use crate::{
    Problem,
    bearer::{Bearer, bearer},
};

/// Somebody who is signed in. A handler that asks for one is called for nobody else, and by no
/// personal token: what opens something is a session's access token.
///
/// `Option<CurrentUser>` takes strangers too: it is none when no token was sent. A bad one is
/// refused all the same, and when the store is down nobody comes in.
#[derive(Clone, Debug)]
pub struct CurrentUser(Arc<Identity>);

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

    /// The session by which the user came in.
    pub fn session(&self) -> &Session {
        let session = self.0.session();
        session.expect("nobody comes in here by anything else")
    }

    async fn identify(guestlist: &Guestlist, parts: &Parts) -> Result<Option<Self>, Problem> {
        match bearer(&parts.headers) {
            Bearer::Absent => Ok(None),
            Bearer::Malformed => Err(Problem::malformed_authorization()),
            Bearer::NoToken => Err(Problem::invalid_token()),
            Bearer::Token(token) => {
                let identity = guestlist.identify(token).await?;
                if identity.session().is_none() {
                    return Err(Problem::invalid_token());
                }
                Ok(Some(Self(identity)))
            }
        }
    }
}

impl<S> FromRequestParts<S> for CurrentUser
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let identified = Self::identify(&Guestlist::from_ref(state), parts).await?;
        identified.ok_or_else(Problem::not_authenticated)
    }
}

impl<S> OptionalFromRequestParts<S> for CurrentUser
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        Self::identify(&Guestlist::from_ref(state), parts).await
    }
}
