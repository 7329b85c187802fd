//! A service, which is no user.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use guestlist::{Guestlist, KnownService, TokenName};

use super::credential;
use crate::Problem;

/// A service that holds a token which an operator issued. Whoever sends anything else, an access
/// token that lives included, is refused with 401 (RFC 7662, section 2.3).
#[derive(Clone, Debug)]
pub struct CurrentService(KnownService);

impl CurrentService {
    /// What it is called.
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
        let token = credential(parts)?.ok_or_else(Problem::not_authenticated)?;
        let known = Guestlist::from_ref(state).identify_service(token).await?;
        Ok(Self(known))
    }
}
