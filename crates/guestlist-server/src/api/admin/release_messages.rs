//! Queueing the mails that a restore holds.

use guestlist_axum::{Admin, CurrentUser, Json, Private, Problem, ProblemBody};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::SeenApp;

/// How many mails were queued.
#[derive(Serialize, ToSchema)]
pub(crate) struct Released {
    queued: u64,
}

/// `POST /api/v1/admin/messages/release`: queues all mails that are held since a restore. A mail
/// whose link has ended is not sent.
#[utoipa::path(
    post, path = "/api/v1/admin/messages/release", tag = "administration", operation_id = "release_messages",
    responses(
        (status = 200, description = "The mails are queued", body = Released),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`, or a personal access token was sent"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn release_messages(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
) -> Result<Private<Json<Released>>, Problem> {
    let queued = app.release_messages(admin.id()).await?;
    Ok(Private(Json(Released { queued })))
}
