//! The link of an invitation. Opening it uses nothing.

use askama::Template;
use axum::{extract::State, response::Response};
use guestlist::{Admission, SignUpRefusal};
use guestlist_axum::Problem;

use super::{
    assets,
    link_page::link_page,
    page::Page,
    visit::{Layout, Visit},
};
use crate::{app::App, id_in_path::IdInPath};

#[derive(Template)]
#[template(path = "invitation.html")]
struct Invitation {
    layout: Layout,
    token: String,
    /// The only address that may sign up.
    email: Option<String>,
    admission: Admission,
}

/// `GET /invitation/{token}`: says who may use the invitation, and leads to the sign-up form.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    IdInPath(token): IdInPath,
) -> Result<Response, Problem> {
    let found = app.guestlist.find_invitation_by_link(&token).await?;
    let admission = app.guestlist.admission(Some(&token)).await?;
    let over = match &found {
        Some(invitation) => invitation.is_over(app.clock.now()),
        None => Some(SignUpRefusal::InvitationUnknown),
    };
    let admission = match (over, admission) {
        // Where all visitors may sign up, the page still says what the link is worth.
        (Some(why), Admission::Admitted(_)) => Admission::Refused(why),
        (_, admission) => admission,
    };
    let email = found.and_then(|invitation| invitation.email);
    let page = Invitation {
        layout: visit.into_layout(),
        token,
        email: email.map(|email| email.to_string()),
        admission,
    };
    Ok(match admission {
        Admission::Admitted(_) => link_page(Page::private(page)),
        Admission::Refused(_) => link_page(Page::refused(Problem::not_found().status(), page)),
    })
}
