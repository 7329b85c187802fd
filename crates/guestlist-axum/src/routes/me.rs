//! `GET /me`.

use crate::{CurrentUser, Delegated, Json, Private, ProblemBody, UserBody};

/// `GET /me`: returns the user of the session or of the personal access token.
#[utoipa::path(
    get, path = "/me", tag = "authentication", operation_id = "me",
    responses(
        (status = 200, description = "The user", body = UserBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn me(Delegated(user): Delegated<CurrentUser>) -> Private<Json<UserBody>> {
    Private(Json(user.user().into()))
}
