//! A user, or a program that acts for the user.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::{Method, request::Parts},
};
use guestlist::{Guestlist, Identity, Scope};

use super::{CurrentUser, identify, identify_or_stranger};
use crate::Problem;

/// A user, or a program with one of the user's personal access tokens. A safe method (RFC 9110,
/// section 9.2.1) needs read scope; every other method needs write scope.
///
/// `Option<Delegated<CurrentUser>>` also accepts visitors, as `Option<CurrentUser>` does. Do not
/// use it for handlers that work on the account.
#[derive(Clone, Copy, Debug)]
pub struct Delegated<T>(pub T);

impl Delegated<CurrentUser> {
    fn of(identity: Arc<Identity>, method: &Method) -> Result<Self, Problem> {
        let needed = if method.is_safe() {
            Scope::Read
        } else {
            Scope::Write
        };
        if identity.scope.includes(needed) {
            Ok(Self(CurrentUser(identity)))
        } else {
            Err(Problem::insufficient_scope(needed))
        }
    }
}

impl<S> FromRequestParts<S> for Delegated<CurrentUser>
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let identity = identify(&Guestlist::from_ref(state), parts).await?;
        Self::of(
            identity.ok_or_else(Problem::not_authenticated)?,
            &parts.method,
        )
    }
}

impl<S> OptionalFromRequestParts<S> for Delegated<CurrentUser>
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        let identity = identify_or_stranger(&Guestlist::from_ref(state), parts).await?;
        identity
            .map(|identity| Self::of(identity, &parts.method))
            .transpose()
    }
}
