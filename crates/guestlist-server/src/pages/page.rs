//! A template as an answer, with the headers that a page is to have.

use askama::Template;
use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, VARY},
    },
    response::{Html, IntoResponse, Response},
};
use guestlist_axum::{Problem, page_headers};

use crate::head;

/// Beside an answer after which nobody is signed in: what the browser keeps of pages goes, and going back shows none
/// (Clear Site Data, section 3.1).
pub(super) const FORGOTTEN: [(HeaderName, &str); 1] =
    [(HeaderName::from_static("clear-site-data"), "\"cache\"")];

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

    /// A form that people fill in at length: its own browser keeps it, so that going back finds what was typed and the
    /// same form. What else keeps pages does not.
    pub(super) fn filled_in(self) -> Self {
        Self {
            keeping: "private, no-cache",
            ..self
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

    /// A form that is shown again, because what was sent was refused with that status.
    pub(super) fn refused(status: StatusCode, template: T) -> Self {
        Self {
            status,
            ..Self::private(template)
        }
    }
}

/// The headers of a page that [`Page::of`] would make, for a `HEAD` request: nothing is looked up for it or written.
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
                tracing::error!(%error, "a page cannot be written");
                return Problem::internal().into_response();
            }
        };
        let mut response = (self.status, Html(html)).into_response();
        finish(response.headers_mut(), self.keeping);
        Problem::has_its_form(&mut response);
        response
    }
}

/// What every page tells the browser.
pub(super) fn finish(headers: &mut HeaderMap, keeping: &'static str) {
    page_headers(headers);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keeping));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
}
