//! Everything that is stored about the user.

use axum::{extract::State, http::Method, response::Response};
use guestlist_axum::{CurrentSession, Problem, ProblemBody, SeenFrom};

use crate::{app::App, data_export};

/// `GET /api/v1/me/export`: everything that is stored about the session's user, as one JSON object.
/// Secrets and hashes of secrets are left out. It has the user, the second factor, sessions, personal
/// access tokens, invitations that the user made, mails to the user, security events and events.
/// Later versions may add members.
#[utoipa::path(
    get, path = "/api/v1/me/export", tag = "authentication", operation_id = "export_me",
    responses(
        (status = 200, description = "The data. It is sent in parts; if the connection breaks, it is not complete",
            content_type = "application/json", body = serde_json::Value),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "`too_many_exports`: another export of this user runs"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn export(
    State(app): State<App>,
    SeenFrom(guestlist): SeenFrom,
    method: Method,
    current: CurrentSession,
) -> Result<Response, Problem> {
    data_export::of_user(&app, &guestlist, &method, &current).await
}
