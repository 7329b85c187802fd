//! A template as an answer, with the headers that a page is to have.

use askama::Template;
use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY},
    },
    response::{Html, IntoResponse, Response},
};
use guestlist_axum::Problem;

/// Everything from our own host, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// A page.
pub(super) struct Page<T> {
    template: T,
    status: StatusCode,
    keeping: &'static str,
}

impl<T: Template> Page<T> {
    /// What anybody would see; asked for again each time, because somebody who is signed in sees another.
    pub(super) fn public(template: T) -> Self {
        Self {
            template,
            status: StatusCode::OK,
            keeping: "no-cache",
        }
    }

    /// What is for one person alone, or holds a form's token: it is kept nowhere.
    pub(super) fn private(template: T) -> Self {
        Self {
            keeping: "no-store",
            ..Self::public(template)
        }
    }

    /// Either, as the visitor is.
    pub(super) fn of(is_private: bool, template: T) -> Self {
        if is_private {
            Self::private(template)
        } else {
            Self::public(template)
        }
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let html = match self.template.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "a page cannot be written");
                return Problem::internal().into_response();
            }
        };
        let headers = headers(self.keeping);
        (self.status, headers, Html(html)).into_response()
    }
}

/// What every page tells the browser.
pub(super) fn headers(keeping: &'static str) -> [(HeaderName, HeaderValue); 5] {
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    let permissions = HeaderName::from_static("permissions-policy");
    [
        (CONTENT_SECURITY_POLICY, POLICY),
        (opener, "same-origin"),
        (permissions, PERMISSIONS),
        (CACHE_CONTROL, keeping),
        (VARY, "Cookie"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
}
