//! One user.

use axum::extract::State;
use guestlist::User;
use guestlist_axum::{Admin, CurrentUser, Json, Private, Problem, ProblemBody};

use super::user::OneAdminUserBody;
use crate::{app::App, id_in_path::IdInPath};

/// `GET /api/v1/admin/users/{id}`: returns a user.
#[utoipa::path(
    get, path = "/api/v1/admin/users/{id}", tag = "administration", operation_id = "show_user",
    params(("id" = String, Path, description = "The user's id")),
    responses(
        (status = 200, description = "The user", body = OneAdminUserBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`, or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn show_user(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    IdInPath(id): IdInPath,
) -> Result<Private<Json<OneAdminUserBody>>, Problem> {
    let user = find(&app, &id).await?;
    Ok(Private(Json(OneAdminUserBody::read(&app, &user).await?)))
}

/// Finds the user with that id. An invalid id names no user: 404.
pub(super) async fn find(app: &App, id: &str) -> Result<User, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let user = app.guestlist.find_user(id).await?;
    user.ok_or_else(Problem::not_found)
}
