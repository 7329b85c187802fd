//! The second step of a sign-in from a browser: a cookie holds the challenge.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use guestlist::{Client, FinishSignInError, Guestlist, SignInChallenge, User, Wanted};

use crate::{
    Problem, SentBy, SessionCookie, browser::Visit, client::seen_from, cookie::CookieNames,
    cookie_sign_in::cookie_of,
};

/// A response part that sets or deletes the cookie of the second step. The browser sends it to the
/// address of that step only. It is no session, and no other address reads it. It needs a
/// [`BrowserLayer`](crate::BrowserLayer) around the routes; without one it is dropped.
#[derive(Clone, Debug)]
#[must_use = "the cookie is set only if this is part of the response"]
pub struct SecondStepCookie {
    challenge: Option<SignInChallenge>,
    path: &'static str,
}

impl SecondStepCookie {
    /// Creates the part that sets the cookie. `path` is the address of the second step.
    pub fn new(challenge: SignInChallenge, path: &'static str) -> Self {
        Self {
            challenge: Some(challenge),
            path,
        }
    }

    /// Creates the part that deletes the cookie of that address.
    pub fn cleared(path: &'static str) -> Self {
        Self {
            challenge: None,
            path,
        }
    }

    pub(crate) fn header(&self, names: &CookieNames) -> Option<HeaderValue> {
        let value = self.challenge.as_ref().map(SignInChallenge::expose);
        names.challenge_header(value.unwrap_or_default(), self.path)
    }
}

impl IntoResponseParts for SecondStepCookie {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

/// Finishes a sign-in that needs a code, with a session cookie. The handler must also ask for an
/// [`OwnForm`](crate::OwnForm): an unchecked request cannot set a cookie.
#[derive(Clone, Debug)]
pub struct SecondStepSignIn {
    visit: Arc<Visit>,
    guestlist: Guestlist,
    client: Client,
}

impl SecondStepSignIn {
    /// Whether the browser holds a cookie of the second step. It may have expired.
    pub fn has_begun(&self) -> bool {
        self.visit
            .second_step()
            .is_some_and(|held| !held.is_empty())
    }

    /// Checks the code and creates a session, as
    /// [`Guestlist::finish_sign_in`](guestlist::Guestlist::finish_sign_in) does. Ends the browser's
    /// previous session (OWASP ASVS 5.0, 7.2.4). The returned cookie must be part of the response.
    pub async fn finish(&self, code: &str) -> Result<(User, SessionCookie), FinishSignInError> {
        let guestlist = &self.guestlist;
        let held = self.visit.second_step().unwrap_or_default();
        let challenge = SignInChallenge::from_client(held);
        let client = self.client.clone();
        let device = self.visit.device();
        let signed_in =
            guestlist.finish_sign_in_on_device(&challenge, code, client, Wanted::Cookie, device);
        let signed_in = signed_in.await?;
        Ok(cookie_of(guestlist, &self.visit, signed_in).await?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SecondStepSignIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(SentBy(client)) = SentBy::from_request_parts(parts, state).await;
        let visit = Arc::clone(Visit::needed(&parts.extensions, &parts.headers)?);
        if !visit.layer().can_set_cookies() {
            return Err(Problem::needs_https());
        }
        let guestlist = seen_from(visit.layer().guestlist(), parts);
        Ok(Self {
            visit,
            guestlist,
            client,
        })
    }
}
