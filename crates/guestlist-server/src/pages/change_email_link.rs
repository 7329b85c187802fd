//! The links of a change of the address: confirming it, and undoing it.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use guestlist_axum::{OwnForm, Problem, SessionCookie};

use super::{
    assets,
    flash::FlashMessage,
    link_page::{Instead, Used, link_page, refused, refused_link, unreferred},
    page::Page,
    visit::{FormVisit, Layout},
};
use crate::app::SeenApp;

const NEW_LINK: Instead = Instead {
    heading: "This link does nothing",
    used: Used {
        words: "If you used it, you sign in with the new address.",
        link: ("/account", "Go to your account"),
    },
    advice: "To change the address of your account, ask for the change again.",
    link: Some(("/account/email", "Change the e-mail address")),
};
const NO_UNDO: Instead = Instead {
    heading: "This link does nothing",
    used: Used {
        words: "If you used it, your account has its old address again. A mail to that address has a link for a new password.",
        link: ("/sign-in", "Sign in"),
    },
    advice: "If you cannot sign in, set a new password. If that does not help either, ask the people who run this site.",
    link: Some((super::reset_password::ASK, "Set a new password")),
};

#[derive(Template)]
#[template(path = "change_email_link.html")]
struct ConfirmChange {
    layout: Layout,
    /// The secret of the address, for the form.
    token: String,
    email: String,
}

#[derive(Template)]
#[template(path = "undo_email_link.html")]
struct UndoChange {
    layout: Layout,
    /// The secret of the address, for the form.
    token: String,
}

/// `GET /change-email/{token}`: shows a button, and changes nothing.
pub(super) async fn form(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    FormVisit(layout): FormVisit,
) -> Result<Response, Problem> {
    match app.guestlist.check_email_change_link(&token).await {
        Ok(email) => Ok(link_page(Page::private(ConfirmChange {
            layout,
            token,
            email: email.to_string(),
        }))),
        Err(error) => refused_link(error, layout, NEW_LINK),
    }
}

/// `POST /change-email/{token}`: changes the address.
pub(super) async fn confirm(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    FormVisit(layout): FormVisit,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    match app.guestlist.confirm_email_change(&token).await {
        Ok(()) => {
            let next = if layout.is_in { "/account" } else { "/sign-in" };
            let done = FlashMessage::EmailChanged.then(next).into_response();
            Ok(unreferred(done))
        }
        Err(error) => refused(error.into(), layout, NEW_LINK),
    }
}

/// `GET /undo-email/{token}`: shows a button, and changes nothing.
pub(super) async fn ask_undo(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    FormVisit(layout): FormVisit,
) -> Result<Response, Problem> {
    match app.guestlist.check_undo_link(&token).await {
        Ok(_) => Ok(link_page(Page::private(UndoChange { layout, token }))),
        Err(error) => refused_link(error, layout, NO_UNDO),
    }
}

/// `POST /undo-email/{token}`: sets the address back.
pub(super) async fn undo(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    FormVisit(layout): FormVisit,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    match app.guestlist.undo_email_change(&token).await {
        Ok(()) => {
            let done = FlashMessage::EmailRestored.then("/sign-in");
            let response = (SessionCookie::cleared(), done).into_response();
            Ok(unreferred(response))
        }
        Err(error) => refused(error.into(), layout, NO_UNDO),
    }
}
