//! The page after a sign-in that offers a draft which is too long for an address. The form is one
//! click away, so that reload sends the draft again, and no password.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use guestlist_axum::{CurrentUser, OwnForm};

use super::{
    assets,
    filled::Filled,
    page::Page,
    resume::show_draft,
    visit::{Layout, MemberVisit},
};
use crate::app::App;

#[derive(Template)]
#[template(path = "draft.html")]
struct DraftPage {
    layout: Layout,
    form: Filled,
}

/// `GET /draft`: offers the draft that an internal request carries. A browser that opens the
/// address itself is redirected.
pub(super) async fn form(MemberVisit(layout, _): MemberVisit) -> Response {
    let form = layout.refill(Filled::default());
    if form.value("draft").is_empty() {
        return Redirect::to("/").into_response();
    }
    Page::private(DraftPage { layout, form }).into_response()
}

/// `POST /draft`: shows the form of the draft. Nothing is saved.
pub(super) async fn show(
    State(app): State<App>,
    user: CurrentUser,
    OwnForm(form): OwnForm,
) -> Response {
    show_draft(&app, form.get("draft").unwrap_or_default(), user.id())
}
