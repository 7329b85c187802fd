//! Somebody who proved the password a moment ago.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use guestlist::Guestlist;

use super::CurrentSession;
use crate::Problem;

/// A [`CurrentUser`](super::CurrentUser) or a [`CurrentSession`] whose password was proven within
/// [`Lifetimes::proof`](guestlist::Lifetimes::proof), by the store's word and no cache's. Otherwise a
/// 403 `proof_required`, which says how to prove it.
#[derive(Clone, Copy, Debug)]
pub struct Fresh<T>(pub T);

impl<S, T> FromRequestParts<S> for Fresh<T>
where
    S: Send + Sync,
    T: From<CurrentSession>,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let current = CurrentSession::from_request_parts(parts, state).await?;
        let guestlist = Guestlist::from_ref(state);
        guestlist.fresh(current.session().id).await?;
        Ok(Self(current.into()))
    }
}
