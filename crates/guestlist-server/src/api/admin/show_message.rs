//! One mail.

use axum::extract::State;
use guestlist_axum::{Admin, CurrentUser, Json, Private, Problem, ProblemBody};

use super::message::ShownMessageBody;
use crate::{app::App, id_in_path::IdInPath};

/// `GET /api/v1/admin/messages/{id}`: returns a mail of the outbox and its text, without the link
/// and the code.
#[utoipa::path(
    get, path = "/api/v1/admin/messages/{id}", tag = "administration", operation_id = "show_message",
    params(("id" = String, Path, description = "The mail's id")),
    responses(
        (status = 200, description = "The mail", body = ShownMessageBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`, or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn show_message(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    IdInPath(id): IdInPath,
) -> Result<Private<Json<ShownMessageBody>>, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let shown = app.show_message(id).await?;
    let shown = shown.ok_or_else(Problem::not_found)?;
    Ok(Private(Json(shown.into())))
}
