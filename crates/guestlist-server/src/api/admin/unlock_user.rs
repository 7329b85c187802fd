//! Letting a user try to sign in again.

use axum::http::StatusCode;
use guestlist_axum::{Admin, CurrentUser, Problem, ProblemBody, Reauthenticated};

use crate::{admin::AccountChange, app::SeenApp, id_in_path::IdInPath};

/// `POST /api/v1/admin/users/{id}/unlock`: ends the wait of a user after too many tries to sign in.
/// The limits of networks stay. The administrator must have reauthenticated a moment ago.
#[utoipa::path(
    post, path = "/api/v1/admin/users/{id}/unlock", tag = "administration", operation_id = "unlock_user",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "The user can try to sign in again"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`; `proof_required`; or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn unlock_user(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    _: Reauthenticated<CurrentUser>,
    IdInPath(id): IdInPath,
) -> Result<StatusCode, Problem> {
    let user = id.parse().map_err(|_| Problem::not_found())?;
    app.change_account(admin.id(), user, &[AccountChange::Unlock])
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
