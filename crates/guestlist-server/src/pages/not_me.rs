//! The link of a notice: the owner says that they did not do what it tells.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use guestlist_axum::{OwnForm, Problem, SessionCookie};

use super::{
    assets,
    flash::FlashMessage,
    link_page::{Instead, Used, link_page, refused_link, unreferred},
    page::Page,
    visit::{FormVisit, Layout},
    when_text,
};
use crate::app::SeenApp;

const INSTEAD: Instead = Instead {
    heading: "This link does nothing",
    used: Used {
        words: "If you used it, all sessions have ended. A mail to you has a link for a new password.",
        link: ("/sign-in", "Sign in"),
    },
    advice: "If the address of your account was changed and it was not you, use the link in the mail about that \
             change. Otherwise set a new password: that ends all sessions.",
    link: Some((super::reset_password::ASK, "Set a new password")),
};

#[derive(Template)]
#[template(path = "not_me.html")]
struct NotMe {
    layout: Layout,
    /// The secret of the address, for the form.
    token: String,
    about: String,
    /// The day and time in UTC, to read and machine-readable.
    at: (String, String),
}

/// `GET /not-me/{token}`: shows what the notice told and a button, and changes nothing.
pub(super) async fn ask(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    FormVisit(layout): FormVisit,
) -> Result<Response, Problem> {
    match app.guestlist.check_not_me_link(&token).await {
        Ok(notice) => Ok(link_page(Page::private(NotMe {
            layout,
            token,
            about: notice.about,
            at: (when_text::moment(notice.at), notice.at.to_string()),
        }))),
        Err(error) => refused_link(error, layout, INSTEAD),
    }
}

/// `POST /not-me/{token}`: ends everything and starts a reset.
pub(super) async fn report(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    FormVisit(layout): FormVisit,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    match app.guestlist.report_not_me(&token).await {
        Ok(()) => {
            let done = FlashMessage::ReportedNotMe.then("/sign-in");
            let response = (SessionCookie::cleared(), done).into_response();
            Ok(unreferred(response))
        }
        Err(error) => refused_link(error, layout, INSTEAD),
    }
}
