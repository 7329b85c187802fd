//! What a user typed before a sign-in comes back after it. A short draft is shown at an address of
//! its own, so that Back and reload send nothing. A long draft is offered on a page of its own:
//! reload sends the draft again, and no password.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use guestlist::UserId;

use super::{
    flash::FlashMessage,
    form_page::{DRAFT, page_of_form},
    typed::{Cut, Draft},
};
use crate::app::App;

/// The longest sealed draft that is part of an address, in characters.
const MOST_IN_ADDRESS: usize = 3_500;

/// A part of an answer to a browser: a draft of the user who is signed in now. The page is made in
/// place of the answer, because only a later request sees the new session.
#[derive(Clone, Debug)]
pub(super) enum Resume {
    /// The page that offers this sealed draft, of which this is missing.
    Offer(Arc<str>, Option<Cut>),
    /// The form of this draft.
    Show(Arc<Draft>),
}

/// Leads to the form of the draft. Without a draft, redirects to `next`; a message says so if the
/// draft cannot be opened.
pub(super) fn after_sign_in(app: &App, draft: &str, user: UserId, next: &str) -> Response {
    if draft.is_empty() {
        return Redirect::to(next).into_response();
    }
    let Some(mut draft) = open_draft(app, draft, user) else {
        return FlashMessage::DraftDropped.then(next).into_response();
    };
    let sealed = draft.opened();
    let sealed = sealed.and_then(|text| app.guestlist.seal_draft(user, &text));
    match sealed {
        Some(sealed) if sealed.len() <= MOST_IN_ADDRESS => {
            // URL-safe base64.
            let address = format!("{}?draft={sealed}", page_of_draft(&draft));
            Redirect::to(&address).into_response()
        }
        Some(sealed) => {
            let cut = draft.typed.cut().cloned();
            Resume::Offer(sealed.into(), cut).into_response()
        }
        None => Resume::Show(Arc::new(draft)).into_response(),
    }
}

/// Shows the form of the draft that the user asked for.
pub(super) fn show_draft(app: &App, draft: &str, user: UserId) -> Response {
    match open_draft(app, draft, user) {
        Some(draft) => Resume::Show(Arc::new(draft)).into_response(),
        None => FlashMessage::DraftDropped.then("/").into_response(),
    }
}

/// Opens the draft that a form carries: what this user typed before the sign-in page was shown.
/// Returns `None` for another user's draft.
fn open_draft(app: &App, draft: &str, user: UserId) -> Option<Draft> {
    Draft::read(&app.guestlist.open_draft(user, draft)?)
}

/// Returns the page that shows the form of the draft.
pub(super) fn page_of_draft(draft: &Draft) -> &str {
    page_of_form(&draft.page).unwrap_or("/")
}

/// A program, which no page is made for, gets a redirect.
impl IntoResponse for Resume {
    fn into_response(self) -> Response {
        let page = match &self {
            Self::Offer(..) => DRAFT,
            Self::Show(draft) => page_of_draft(draft),
        };
        let mut response = Redirect::to(page).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
