//! A refused form comes back: filled in as it was sent, with a new token and a sentence. The server asks itself for the
//! page of the form, with this beside the request, so each form is shown in one way.

use std::sync::Arc;

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::Method,
};
use guestlist_axum::{AnyForm, BrowserLayer, FormLimit, MAX_BODY, Problem, read_body_up_to};

use super::{note::Note, typed::Typed};
use crate::serve::{Account, Hold};

/// The largest form that is read, in bytes. A longer one is refused unread and cannot be shown
/// again.
const MOST_READ: usize = 6 * MAX_BODY;
/// The largest form that is accepted, in bytes: its text has at most [`MAX_BODY`] bytes, and URL
/// encoding can triple each.
const MOST_TAKEN: usize = 3 * MAX_BODY;
/// Memory reserved per byte of an encoded form that may be shown again: for the fields, and for the
/// page with every character escaped.
const PARTS_HELD: usize = 6;

/// A form as it was sent, kept until the answer is known.
pub(crate) struct Kept {
    pub(super) typed: Typed,
    _hold: Option<Arc<Hold>>,
}

/// Request extension: what the page's form shows.
#[derive(Clone, Debug)]
pub(super) struct Again(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    typed: Typed,
    note: Note,
    draft: Option<String>,
}

/// Beside a request for a page while the stores do not answer. A browser with the cookie of a session counts as signed
/// in, and sees only what the request itself holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assumed;

impl Kept {
    /// Whether the request sends a form that may be shown again: the browser says that it comes
    /// from one of our pages.
    pub(crate) fn is_wanted(browsers: &BrowserLayer, request: &Request) -> bool {
        request.method() == Method::POST
            && page_of_form(request.uri().path()).is_some()
            && AnyForm::is_announced(request.headers())
            && browsers.is_from_own_page(request.headers(), request.extensions())
    }

    /// Reads the body of the request. Returns the request with its body, and as much of the form in it as can
    /// be read.
    pub(crate) async fn of(request: Request) -> Result<(Request, Option<Self>), Problem> {
        let (mut parts, body) = request.into_parts();
        // A body of unknown length has reserved no memory for more.
        let is_announced = body.size_hint().exact().is_some();
        let most = if is_announced { MOST_READ } else { MAX_BODY };
        let bytes = read_body_up_to(&parts.headers, body, most).await?;
        let account = parts.extensions.get::<Account>();
        let hold = account.and_then(|account| account.keep(PARTS_HELD * bytes.len()));
        let form = AnyForm::readable(&parts.headers, bytes.clone()).await;
        let kept = form.map(|AnyForm(form)| {
            // A draft belongs to another form, and has a limit of its own.
            let text = form.fields().filter(|(name, _)| *name != "draft");
            let text: usize = text.map(|(name, value)| name.len() + value.len()).sum();
            if text <= MAX_BODY {
                parts.extensions.insert(FormLimit(MOST_TAKEN));
            }
            Self {
                typed: Typed::of(&form),
                _hold: hold,
            }
        });
        Ok((Request::from_parts(parts, Body::from(bytes)), kept))
    }
}

impl Again {
    pub(super) fn new(typed: Typed, note: Note, draft: Option<String>) -> Self {
        Self(Arc::new(Parts { typed, note, draft }))
    }

    pub(super) fn typed(&self) -> &Typed {
        &self.0.typed
    }

    pub(super) fn note(&self) -> &Note {
        &self.0.note
    }

    /// What is sealed until the user has signed in.
    pub(super) fn draft(&self) -> Option<&str> {
        self.0.draft.as_deref()
    }
}

/// Returns the page that shows the form sent to `path`, if there is one.
pub(super) fn page_of_form(path: &str) -> Option<&str> {
    let is_of_event = |path: &str| {
        let rest = path.strip_prefix("/events/");
        let (id, verb) = rest
            .and_then(|rest| rest.split_once('/'))
            .unwrap_or_default();
        !id.is_empty() && matches!(verb, "edit" | "delete")
    };
    Some(match path {
        "/sign-in" | "/sign-up" | "/events/new" | "/account/profile" | "/account/email"
        | "/account/password" | "/account/proof" | "/account/tokens" | "/account/delete" => path,
        "/account/sessions/end" | "/account/sessions/end-others" => "/account/sessions",
        "/account/tokens/retire" => "/account/tokens",
        "/sign-out" => "/",
        path if is_of_event(path) => path,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_shown_again_on_its_page() {
        for (path, page) in [
            ("/events/new", Some("/events/new")),
            ("/events/1/edit", Some("/events/1/edit")),
            ("/account/tokens/retire", Some("/account/tokens")),
            ("/sign-out", Some("/")),
            ("/events", None),
            ("/events/1", None),
            ("/events//edit", None),
            ("/events/1/edit/2", None),
            ("/api/v1/events", None),
        ] {
            assert_eq!(page_of_form(path), page, "{path}");
        }
    }
}
