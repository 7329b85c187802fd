//! A user who reauthenticated a moment ago.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use guestlist::Guestlist;

use super::CurrentSession;
use crate::Problem;

/// A [`CurrentUser`](super::CurrentUser) or a [`CurrentSession`] whose user entered the password a
/// moment ago: within [`Lifetimes::reauthentication`](guestlist::Lifetimes::reauthentication). Each
/// request asks the store, and not the cache. Other requests get 403 `proof_required`, which says
/// how to reauthenticate.
#[derive(Clone, Copy, Debug)]
pub struct Reauthenticated<T>(pub T);

impl<S, T> FromRequestParts<S> for Reauthenticated<T>
where
    S: Send + Sync,
    T: From<CurrentSession>,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let current = CurrentSession::from_request_parts(parts, state).await?;
        let guestlist = Guestlist::from_ref(state);
        guestlist
            .check_reauthenticated(current.session().id)
            .await?;
        Ok(Self(current.into()))
    }
}
