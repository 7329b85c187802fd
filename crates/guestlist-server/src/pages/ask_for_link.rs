//! The forms that ask for a mail with a link. Other pages lead to them with the address that was
//! typed.

use askama::Template;
use axum::response::{IntoResponse, Response};

use super::{
    assets,
    filled::Filled,
    page::{Page, Refusal},
    visit::Layout,
};
use crate::app::App;

/// The link with which the owner of a mailbox sets a new password.
#[derive(Template)]
#[template(path = "request_reset.html")]
struct RequestReset {
    layout: Layout,
    form: Filled,
    sends_mail: bool,
    /// Whether a request was taken just now.
    is_sent: bool,
}

/// The link that verifies the address of an account.
#[derive(Template)]
#[template(path = "request_verification.html")]
struct RequestVerification {
    layout: Layout,
    form: Filled,
    /// Whether a request was taken just now.
    is_sent: bool,
    sends_mail: bool,
}

/// What a link is for.
#[derive(Clone, Copy)]
pub(super) enum LinkFor {
    Reset,
    Verification,
}

/// How far the visitor is.
#[derive(Clone, Copy)]
pub(super) enum Asked {
    /// The form is shown.
    NotYet,
    /// The form is shown again, with what is wrong.
    Refused(Refusal),
    /// The request was taken.
    Sent,
}

/// Shows the form for this link, or what became of it.
pub(super) fn ask_for_link(
    app: &App,
    link: LinkFor,
    layout: Layout,
    form: Filled,
    asked: Asked,
) -> Response {
    let sends_mail = app.guestlist.account_rules().sends_mail;
    let is_sent = matches!(asked, Asked::Sent);
    match link {
        LinkFor::Reset => answered(
            RequestReset {
                layout,
                form,
                sends_mail,
                is_sent,
            },
            asked,
        ),
        LinkFor::Verification => answered(
            RequestVerification {
                layout,
                form,
                is_sent,
                sends_mail,
            },
            asked,
        ),
    }
}

fn answered(page: impl Template, asked: Asked) -> Response {
    match asked {
        Asked::Refused(refusal) => Page::refused(refusal, page).into_response(),
        Asked::NotYet | Asked::Sent => Page::private(page).into_response(),
    }
}
