//! The setup link: a signed-in user becomes the first administrator.

use askama::Template;
use axum::response::{IntoResponse, Response};
use guestlist::FirstAdminError;
use guestlist_axum::{CurrentSession, OwnForm, Problem};

use super::{
    assets,
    filled::Filled,
    flash::FlashMessage,
    link_page::link_page,
    page::Page,
    sign_up::{NAME_HINT, new_password_hint},
    visit::{FormVisit, Layout},
};
use crate::{
    app::{App, SeenApp},
    id_in_path::IdInPath,
};

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    layout: Layout,
    token: String,
    is_valid: bool,
    form: Filled,
    name_hint: &'static str,
    hint: String,
}

/// `GET /setup/{token}`: shows who would become administrator. Opening the link changes nothing.
pub(super) async fn ask(
    SeenApp(app): SeenApp,
    FormVisit(layout): FormVisit,
    IdInPath(token): IdInPath,
) -> Result<Response, Problem> {
    let is_valid = match app.guestlist.is_setup_link(&token).await {
        Ok(is_valid) => is_valid,
        // The form is shown again while the stores do not answer.
        Err(_) if layout.note().is_some() => true,
        Err(error) => return Err(error.into()),
    };
    Ok(shown(&app, layout, token, is_valid))
}

/// `POST /setup/{token}`: makes the signed-in user administrator. The page of administration follows.
pub(super) async fn make(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
    IdInPath(token): IdInPath,
    _: OwnForm,
) -> Result<Response, Problem> {
    let user = current.user().id;
    match app.guestlist.make_first_admin(&token, user).await {
        Ok(()) => Ok(FlashMessage::BecameAdmin.then("/admin").into_response()),
        Err(FirstAdminError::Store(error)) => Err(error.into()),
        Err(FirstAdminError::InvalidLink | FirstAdminError::NoSuchUser) => {
            Ok(shown(&app, layout, token, false))
        }
    }
}

fn shown(app: &App, layout: Layout, token: String, is_valid: bool) -> Response {
    let page = Setup {
        layout,
        form: Filled::default().with("invitation", token.as_str()),
        token,
        is_valid,
        name_hint: NAME_HINT,
        hint: new_password_hint(app),
    };
    match is_valid {
        true => link_page(Page::private(page)),
        false => link_page(Page::refused(Problem::not_found().status(), page)),
    }
}
