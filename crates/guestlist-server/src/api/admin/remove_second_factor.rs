//! Removing the second factor of a user who lost it.

use axum::http::StatusCode;
use guestlist_axum::{Admin, CurrentUser, Problem, ProblemBody, Reauthenticated};

use crate::{admin::AccountChange, app::SeenApp, id_in_path::IdInPath};

/// `DELETE /api/v1/admin/users/{id}/totp`: removes the second factor of a user and all recovery
/// codes. A mail tells the user. The administrator must have reauthenticated a moment ago.
#[utoipa::path(
    delete, path = "/api/v1/admin/users/{id}/totp", tag = "administration", operation_id = "remove_second_factor_of_user",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 204, description = "The second factor is removed"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`; `own_account`: administrators use `DELETE /api/v1/me/totp` for their own; `proof_required`; or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`second_factor_not_set`: nothing to remove"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn remove_second_factor(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    _: Reauthenticated<CurrentUser>,
    IdInPath(id): IdInPath,
) -> Result<StatusCode, Problem> {
    let user = id.parse().map_err(|_| Problem::not_found())?;
    app.change_account(admin.id(), user, &[AccountChange::RemoveSecondFactor])
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
