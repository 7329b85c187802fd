//! A refused form comes back: filled in as it was sent, with a new token and a sentence. The server
//! asks itself for the page of the form, with this beside the request, so each form is shown in one
//! way.

use std::sync::Arc;

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{Method, header::CONTENT_TYPE},
};
use guestlist_axum::{
    AnyForm, Arrived, BodyError, BrowserLayer, FormLimit, MAX_BODY, PartialForm, Problem,
    read_what_arrives,
};

use super::{
    form_page::page_of_form,
    note::Note,
    typed::{Cut, Typed},
};
use crate::serve::{Account, Hold};

/// The largest form that is read, in bytes. Of a longer one this beginning is shown again.
const MOST_READ: usize = 6 * MAX_BODY;
/// The largest form that is accepted, in bytes: its text has at most [`MAX_BODY`] bytes, and URL
/// encoding can triple each.
const MOST_TAKEN: usize = 3 * MAX_BODY;
/// What a form is sent as.
const FORM_TYPE: &str = "application/x-www-form-urlencoded in UTF-8";
/// Memory reserved per byte of an encoded form that may be shown again: for the fields, and for the
/// page with every character escaped.
const PARTS_HELD: usize = 6;

/// A form as it was sent. The server keeps it until it knows whether the handler refuses the form.
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
    note: Option<Note>,
    draft: Option<String>,
}

/// Beside a request for a page while the stores do not answer. A browser with the cookie of a
/// session counts as signed in, and sees only what the request itself holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assumed {
    /// Whether the request was for a page of administrators, so that the navigation keeps its link.
    pub(super) is_admin: bool,
}

impl Assumed {
    /// A browser that requested this path.
    pub(super) fn at(path: &str) -> Self {
        let rest = path.strip_prefix("/admin");
        Self {
            is_admin: rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        }
    }
}

impl Kept {
    /// Whether the request sends the form of a page, and may show it again: the browser says that
    /// it comes from one of our pages.
    pub(crate) fn is_wanted(browsers: &BrowserLayer, request: &Request) -> bool {
        request.method() == Method::POST
            && page_of_form(request.uri().path()).is_some()
            && request.headers().contains_key(CONTENT_TYPE)
            && browsers.is_from_own_page(request.headers(), request.extensions())
    }

    /// Reads the body of the request. Returns the request with its body, and as much of the form in
    /// it as can be read. If the body is too large or does not end in time, returns the problem,
    /// and the beginning of the form. If the body has another type or charset than a form may have,
    /// returns that problem.
    pub(crate) async fn of(request: Request) -> (Result<Request, Problem>, Option<Self>) {
        let (mut parts, body) = request.into_parts();
        // A body of unknown length has reserved no memory for more.
        let is_announced = body.size_hint().exact().is_some();
        let most = if is_announced { MOST_READ } else { MAX_BODY };
        let arrived = read_what_arrives(body, most).await;
        if let Some(BodyError::Broken) = arrived.missing {
            return (Err(BodyError::Broken.into()), None);
        }
        let account = parts.extensions.get::<Account>();
        let hold = account.and_then(|account| account.keep(PARTS_HELD * arrived.bytes.len()));
        let form = AnyForm::readable(&parts.headers, &arrived).await;
        let is_cut = arrived.missing.is_some();
        let kept = form.map(|PartialForm { form, cut }| {
            // A draft belongs to another form, and has a limit of its own.
            let text = form.fields().filter(|(name, _)| *name != "draft");
            let text: usize = text.map(|(name, value)| name.len() + value.len()).sum();
            if text <= MAX_BODY {
                parts.extensions.insert(FormLimit(MOST_TAKEN));
            }
            let mut typed = Typed::of(&form);
            if is_cut {
                typed = typed.without_end(cut.as_deref());
            }
            Self { typed, _hold: hold }
        });
        let Arrived { bytes, missing } = arrived;
        let request = match missing {
            // Refused here: without its fields the form would seem to have no token.
            None if !AnyForm::is_announced(&parts.headers) => {
                Err(Problem::unsupported_media_type(FORM_TYPE))
            }
            None => Ok(Request::from_parts(parts, Body::from(bytes))),
            Some(error) => Err(error.into()),
        };
        (request, kept)
    }
}

impl Again {
    pub(super) fn new(typed: Typed, note: Note, draft: Option<String>) -> Self {
        let note = Some(note);
        Self(Arc::new(Parts { typed, note, draft }))
    }

    /// Shows a form that was typed before a sign-in.
    pub(super) fn resumed(typed: Typed) -> Self {
        let note = Note::resumed(typed.cut());
        Self::new(typed, note, None)
    }

    /// Shows the sign-in, which then leads to this page of ours. The page is in the form and not in
    /// the address.
    pub(super) fn leading_to(next: &str) -> Self {
        Self(Arc::new(Parts {
            typed: Typed::leading_to(next),
            note: None,
            draft: None,
        }))
    }

    /// Shows only what the page itself says, with this sealed draft in its form. `cut` says what is
    /// missing of the draft.
    pub(super) fn of_draft(sealed: &str, cut: Option<Cut>) -> Self {
        Self(Arc::new(Parts {
            typed: Typed::unseen(cut),
            note: None,
            draft: Some(sealed.to_owned()),
        }))
    }

    pub(super) fn typed(&self) -> &Typed {
        &self.0.typed
    }

    pub(super) fn note(&self) -> Option<&Note> {
        self.0.note.as_ref()
    }

    /// What is sealed until the user has signed in, and has asked for it.
    pub(super) fn draft(&self) -> Option<&str> {
        self.0.draft.as_deref()
    }
}
