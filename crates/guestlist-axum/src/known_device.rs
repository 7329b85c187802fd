//! A browser stays a known device when the user sets the second factor up in it, changes the
//! password or ends the other sessions.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use guestlist::{DeviceToken, Session, SignedIn, User};

use crate::{SessionCookie, browser::Visit, cookie::CookieNames};

/// Extracts the browser of a request with a session cookie. A program that sends a token is no
/// browser, and keeps no device. No request is refused.
#[derive(Clone, Debug)]
pub struct KnownDevice(Option<Arc<Visit>>);

/// A response part that sets the cookie of a known device. It needs a
/// [`BrowserLayer`](crate::BrowserLayer) around the routes; without one it is dropped.
#[derive(Clone, Debug)]
#[must_use = "the cookie is set only if this is part of the response"]
pub struct DeviceCookie(DeviceToken);

impl KnownDevice {
    pub(crate) fn of(visit: &Arc<Visit>) -> Self {
        Self(Some(Arc::clone(visit)))
    }

    /// Call this after the user has confirmed the second factor in this browser. The browser stays
    /// known at the second step of a sign-in. The returned cookie must be part of the response. It
    /// is `None` for a program.
    pub fn after_set_up(&self, user: &User) -> Option<DeviceCookie> {
        let visit = self.0.as_ref()?;
        let guestlist = visit.layer().guestlist();
        let known = guestlist.remember_device_of_set_up(user, visit.device());
        Some(DeviceCookie(known))
    }

    /// Call this after the session `before` was replaced: after a change of the password or the end
    /// of the other sessions. Returns the cookie of the new session, if a cookie holds it. It must
    /// be part of the response. A browser that was a known device stays known, and another one
    /// stays unknown.
    pub fn after_replacement(&self, before: &Session, new: &SignedIn) -> Option<SessionCookie> {
        let cookie = SessionCookie::of(new)?;
        let kept = self.0.as_ref().and_then(|visit| {
            let guestlist = visit.layer().guestlist();
            guestlist.keep_device(&new.user, before.epoch, visit.device())
        });
        Some(match kept {
            Some(kept) => cookie.remembering(kept),
            None => cookie,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for KnownDevice {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let visit = Visit::of(&parts.extensions).filter(|visit| visit.cookie().is_some());
        Ok(Self(visit.cloned()))
    }
}

impl DeviceCookie {
    pub(crate) fn header(&self, names: &CookieNames) -> Option<HeaderValue> {
        names.device_header(&self.0)
    }
}

impl IntoResponseParts for DeviceCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}
