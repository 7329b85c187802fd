//! A browser stays a known device when the user sets the second factor up in it.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use guestlist::{DeviceToken, User};

use crate::{browser::Visit, cookie::CookieNames};

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
    /// Call this after the user has confirmed the second factor in this browser. The browser stays
    /// known at the second step of a sign-in. The returned cookie must be part of the response. It
    /// is `None` for a program.
    pub fn after_set_up(&self, user: &User) -> Option<DeviceCookie> {
        let visit = self.0.as_ref()?;
        let guestlist = visit.layer().guestlist();
        let known = guestlist.remember_device_of_set_up(user, visit.device());
        Some(DeviceCookie(known))
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
