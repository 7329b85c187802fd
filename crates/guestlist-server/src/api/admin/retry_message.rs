//! Sending a mail again.

use axum::http::StatusCode;
use guestlist_axum::{Admin, CurrentUser, Problem, ProblemBody};

use crate::{app::SeenApp, id_in_path::IdInPath};

/// `POST /api/v1/admin/messages/{id}/retry`: sends a mail at once that failed, or that waits after a
/// failed attempt.
#[utoipa::path(
    post, path = "/api/v1/admin/messages/{id}/retry", tag = "administration", operation_id = "retry_message",
    params(("id" = String, Path, description = "The mail's id")),
    responses(
        (status = 204, description = "The mail is queued"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`, or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`message_not_failed`: only a mail that failed is sent again"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn retry_message(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    IdInPath(id): IdInPath,
) -> Result<StatusCode, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    app.retry_message(admin.id(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
