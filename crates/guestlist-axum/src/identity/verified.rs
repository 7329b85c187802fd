//! A user whose e-mail address is verified.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use guestlist::Guestlist;

use super::CurrentSession;
use crate::Problem;

/// A [`CurrentUser`](super::CurrentUser) or a [`CurrentSession`] whose e-mail address is verified.
/// Other users get 403 `email_not_verified`. An application uses it for what only a verified user
/// may do, if unverified users may sign in.
#[derive(Clone, Copy, Debug)]
pub struct Verified<T>(pub T);

impl<S, T> FromRequestParts<S> for Verified<T>
where
    S: Send + Sync,
    T: From<CurrentSession>,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let current = CurrentSession::from_request_parts(parts, state).await?;
        match current.user().verified_at {
            Some(_) => Ok(Self(current.into())),
            None => Err(Problem::email_not_verified()),
        }
    }
}
