//! A rendered template with the headers of a page.

use askama::Template;
use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, RETRY_AFTER, VARY},
    },
    response::{Html, IntoResponse, Response},
};
use guestlist_axum::{Problem, page_headers};

use crate::head;

/// Header of an answer that ends the session: the browser deletes its cached pages, so that going
/// back shows none of them (Clear Site Data, section 3.1).
pub(super) const FORGOTTEN: [(HeaderName, &str); 1] =
    [(HeaderName::from_static("clear-site-data"), "\"cache\"")];

/// The status of a refusal, and after how many seconds the form may be sent again, if waiting helps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    retry_after: Option<u32>,
}

impl From<&Problem> for Refusal {
    fn from(problem: &Problem) -> Self {
        Self {
            status: problem.status(),
            retry_after: problem.retry_after(),
        }
    }
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self {
            status,
            retry_after: None,
        }
    }
}

/// A page.
pub(super) struct Page<T> {
    template: T,
    status: StatusCode,
    keeping: &'static str,
    retry_after: Option<u32>,
}

impl<T: Template> Page<T> {
    /// Creates a page that every visitor sees. It is revalidated each time, because signed-in users
    /// see another.
    pub(super) fn public(template: T) -> Self {
        Self {
            template,
            status: StatusCode::OK,
            keeping: "no-cache",
            retry_after: None,
        }
    }

    /// Creates a page for one user, or with a form token. It is never stored.
    pub(super) fn private(template: T) -> Self {
        Self {
            keeping: "no-store",
            ..Self::public(template)
        }
    }

    /// A long form. Only the browser itself may keep it, so that going back shows what was typed
    /// and the same form.
    pub(super) fn filled_in(self) -> Self {
        Self {
            keeping: "private, no-cache",
            ..self
        }
    }

    /// Creates a private or public page, depending on the visitor.
    pub(super) fn of(is_private: bool, template: T) -> Self {
        if is_private {
            Self::private(template)
        } else {
            Self::public(template)
        }
    }

    /// Creates the page of a form that is shown again, because the request was refused.
    pub(super) fn refused(refusal: impl Into<Refusal>, template: T) -> Self {
        let Refusal {
            status,
            retry_after,
        } = refusal.into();
        Self {
            status,
            retry_after,
            ..Self::private(template)
        }
    }
}

/// Returns the headers of a page made by [`Page::of`], for a `HEAD` request. It renders and reads
/// nothing.
pub(super) fn head_of(is_private: bool) -> Response {
    let mut response = Html(head::unmade_body()).into_response();
    let keeping = if is_private { "no-store" } else { "no-cache" };
    finish(response.headers_mut(), keeping);
    response
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let html = match self.template.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "cannot render a page");
                return Problem::internal().into_response();
            }
        };
        let mut response = (self.status, Html(html)).into_response();
        finish(response.headers_mut(), self.keeping);
        if let Some(seconds) = self.retry_after {
            let seconds = HeaderValue::from(seconds);
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        Problem::keep_form(&mut response);
        response
    }
}

/// Sets the headers that every page has.
pub(super) fn finish(headers: &mut HeaderMap, keeping: &'static str) {
    page_headers(headers);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keeping));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
}
