//! Who am I?

use super::Private;
use crate::{CurrentUser, Delegated, Json, ProblemBody, UserBody};

/// `GET /me`: the user who is signed in, or whose personal token it is.
#[utoipa::path(
    get, path = "/me", tag = "door", operation_id = "me",
    responses(
        (status = 200, description = "The user", body = UserBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = []), ("cookie" = [])),
)]
pub(crate) async fn me(Delegated(user): Delegated<CurrentUser>) -> Private<Json<UserBody>> {
    Private(Json(user.user().into()))
}
