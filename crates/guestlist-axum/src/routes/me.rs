//! Who am I?

use super::Private;
use crate::{CurrentUser, ProblemBody, UserBody};

/// `GET /me`: the user who is signed in.
#[utoipa::path(
    get, path = "/me", tag = "door", operation_id = "me",
    responses(
        (status = 200, body = UserBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = [])),
)]
pub(crate) async fn me(user: CurrentUser) -> Private<axum::Json<UserBody>> {
    Private(axum::Json(user.user().into()))
}
