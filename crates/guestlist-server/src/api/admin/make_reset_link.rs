//! Making a link by which a user sets another password.

use axum::http::StatusCode;
use guestlist_axum::{Admin, CurrentUser, Json, Private, Problem, ProblemBody, Reauthenticated};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::SeenApp, id_in_path::IdInPath};

/// A link by which a user sets another password. Hand it over to this user only.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResetLink {
    /// The link. It works once, for an hour, and is not shown again.
    link: String,
}

/// `POST /api/v1/admin/users/{id}/reset-link`: makes a link by which the user sets another password,
/// without a mail. The administrator must have reauthenticated a moment ago.
#[utoipa::path(
    post, path = "/api/v1/admin/users/{id}/reset-link", tag = "administration", operation_id = "make_reset_link",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 201, description = "The link, which works once, for an hour", body = ResetLink),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`; `proof_required`; or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The user is disabled"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn make_reset_link(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    _: Reauthenticated<CurrentUser>,
    IdInPath(id): IdInPath,
) -> Result<(StatusCode, Private<Json<ResetLink>>), Problem> {
    let user = id.parse().map_err(|_| Problem::not_found())?;
    let link = app.make_reset_link(admin.id(), user).await?;
    Ok((StatusCode::CREATED, Private(Json(ResetLink { link }))))
}
