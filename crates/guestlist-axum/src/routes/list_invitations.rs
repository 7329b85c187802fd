//! `GET /admin/invitations`.

use axum::{extract::State, response::IntoResponse};
use guestlist::{Guestlist, InvitationId};
use serde::Serialize;
use utoipa::ToSchema;

use super::invitation::InvitationBody;
use crate::{
    Admin, CurrentUser, Json, Private, Problem, ProblemBody,
    page::{PageParameters, PageQuery},
};

/// A page of invitations.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationPage {
    items: Vec<InvitationBody>,
    /// The cursor of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /admin/invitations`: lists all invitations for an administrator, newest first, in pages.
#[utoipa::path(
    get, path = "/admin/invitations", tag = "administration", operation_id = "list_invitations", params(PageParameters),
    responses(
        (status = 200, description = "A page of invitations", body = InvitationPage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "The user is no administrator, or a personal access token was sent"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn list_invitations(
    State(guestlist): State<Guestlist>,
    _: Admin<CurrentUser>,
    page: PageQuery<InvitationId>,
) -> Result<impl IntoResponse, Problem> {
    let mut invitations = guestlist
        .list_invitations(page.after, page.to_fetch())
        .await?;
    let (next, link) = page.cut(&mut invitations, |invitation| invitation.id);
    let items = invitations.iter().map(InvitationBody::from).collect();
    Ok(Private((link, Json(InvitationPage { items, next }))))
}
