//! A user's record as the user sees it.

use axum::extract::Path;
use guestlist::{User, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{CurrentUser, Json, Private, Problem, ProblemBody};

/// A user in responses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserBody {
    /// The id, which never changes.
    #[schema(format = Uuid)]
    id: String,
    /// The e-mail address, as it was given at sign-up.
    #[schema(example = "reader@packt.com")]
    email: String,
    /// The name that other users see, if the user gave one.
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

/// `GET /users/{id}`: returns the user with this id, to this user only. Any other user is a 404,
/// whether it exists or not.
#[utoipa::path(
    get, path = "/users/{id}", tag = "authentication", operation_id = "user",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user", body = UserBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
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
