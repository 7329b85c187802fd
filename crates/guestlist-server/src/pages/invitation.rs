//! The link of an invitation. Opening it uses nothing.

use askama::Template;
use axum::{extract::State, response::Response};
use guestlist::Admission;
use guestlist_axum::Problem;

use super::{
    assets,
    filled::Filled,
    link_page::link_page,
    page::Page,
    sign_up::{NAME_HINT, new_password_hint},
    visit::{FormVisit, Layout},
};
use crate::{app::App, id_in_path::IdInPath};

#[derive(Template)]
#[template(path = "invitation.html")]
struct Invitation {
    layout: Layout,
    /// The only address that may sign up.
    email: Option<String>,
    admission: Admission,
    form: Filled,
    name_hint: &'static str,
    hint: String,
}

/// `GET /invitation/{token}`: says who may use the invitation, and shows the sign-up form.
pub(super) async fn show(
    State(app): State<App>,
    FormVisit(layout): FormVisit,
    IdInPath(token): IdInPath,
) -> Result<Response, Problem> {
    let (found, admission) = app.guestlist.open_invitation(&token).await?;
    let email = found.and_then(|invitation| invitation.email);
    let email = email.map(|email| email.to_string());
    let form = Filled::default().with("invitation", token);
    let page = Invitation {
        layout,
        form: form.with("email", email.as_deref().unwrap_or_default()),
        email,
        admission,
        name_hint: NAME_HINT,
        hint: new_password_hint(&app),
    };
    Ok(match admission {
        Admission::Admitted(_) => link_page(Page::private(page)),
        Admission::Refused(_) => link_page(Page::refused(Problem::not_found().status(), page)),
    })
}
