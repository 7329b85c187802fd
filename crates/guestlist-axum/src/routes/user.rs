//! A user as it is shown to itself.

use axum::extract::Path;
use guestlist::{User, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::Private;
use crate::{CurrentUser, Json, Problem, ProblemBody};

/// A user on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserBody {
    /// Never changes.
    #[schema(format = Uuid)]
    id: String,
    /// As it was given at sign-up.
    #[schema(example = "reader@packt.com")]
    email: String,
    /// What others see of the user, if the user gave a name.
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            name: user.name.as_ref().map(ToString::to_string),
            created_at: user.created_at.to_string(),
        }
    }
}

/// `GET /users/{id}`: the user of that id, for that user alone. Anybody else's is not found, there
/// or not.
#[utoipa::path(
    get, path = "/users/{id}", tag = "door", operation_id = "user",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user", body = UserBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "By a personal token"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = []), ("cookie" = [])),
)]
pub(crate) async fn user(
    user: CurrentUser,
    Path(id): Path<String>,
) -> Result<Private<Json<UserBody>>, Problem> {
    match id.parse::<UserId>() {
        Ok(id) if id == user.id() => Ok(Private(Json(user.user().into()))),
        _ => Err(Problem::not_found()),
    }
}
