//! An administrator.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use guestlist::{Guestlist, Role};

use super::{CurrentSession, CurrentUser};
use crate::Problem;

/// A signed-in administrator. Other callers get 403 `administrator_required`. Personal access
/// tokens are refused, also those of administrators.
///
/// The role is the stored one: a change counts at once in this process, and within
/// [`Builder::recheck`](guestlist::Builder::recheck) on other nodes.
#[derive(Clone, Copy, Debug)]
pub struct Admin<T>(pub T);

impl<S> FromRequestParts<S> for Admin<CurrentUser>
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let session = CurrentSession::from_request_parts(parts, state).await?;
        if session.user().role != Role::Admin {
            return Err(Problem::administrator_required());
        }
        Ok(Self(session.into()))
    }
}
