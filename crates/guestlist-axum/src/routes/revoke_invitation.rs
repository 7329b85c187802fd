//! `DELETE /admin/invitations/{id}`.

use axum::{
    extract::{Path, rejection::PathRejection},
    http::StatusCode,
};
use guestlist::InvitationId;

use crate::{Admin, CurrentUser, Private, Problem, ProblemBody, SeenFrom};

/// `DELETE /admin/invitations/{id}`: an administrator revokes an invitation. Users who have signed
/// up with it keep their accounts. The answer is the same for an unknown one.
#[utoipa::path(
    delete, path = "/admin/invitations/{id}", tag = "administration", operation_id = "revoke_invitation",
    params(("id" = String, Path, description = "The invitation's id")),
    responses(
        (status = 204, description = "The invitation is revoked"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "The user is no administrator, or a personal access token was sent"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn revoke_invitation(
    SeenFrom(guestlist): SeenFrom,
    _: Admin<CurrentUser>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Private<StatusCode>, Problem> {
    // A malformed id names no invitation.
    let id = id.map(|Path(id)| id.parse::<InvitationId>());
    if let Ok(Ok(id)) = id {
        guestlist.revoke_invitation(id).await?;
    }
    Ok(Private(StatusCode::NO_CONTENT))
}
