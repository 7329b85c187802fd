//! Choosing another password.

use axum::extract::State;
use guestlist::{Guestlist, Password};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Private,
    opened::{GoOn, Opened},
};
use crate::{CurrentSession, Problem, ProblemBody, Unchecked};

/// The password of whoever calls, and the one that is to be it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    /// Exactly as it was chosen.
    #[schema(format = Password, example = "exemplary")]
    current_password: String,
    /// As at sign-up: a refusal says why, and in `advice` how to find a better one.
    #[schema(format = Password, example = "more exemplary")]
    new_password: String,
}

/// `PUT /me/password`: changes the password. All sessions and personal tokens end, and a new session
/// comes in place of the one that asks.
#[utoipa::path(
    put, path = "/me/password", tag = "door", operation_id = "change_password",
    request_body = ChangePassword,
    responses(
        (status = 200, body = Opened, description = "Go on with these tokens"),
        (status = 204, description = "By a cookie: go on with the one that is set"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`wrong_password`, or by a personal token"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = []), ("cookie" = [])),
)]
pub(crate) async fn change_password(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
    request: Unchecked<ChangePassword>,
) -> Result<Private<GoOn>, Problem> {
    let session = current.session().id;
    let (old, new) = request.check(|request, mistakes| {
        let old = Password::new(request.current_password);
        let new = Password::new(request.new_password);
        // The use case checks the new password. If the body has mistakes, its own is added here.
        if !mistakes.are_none() {
            let judged = guestlist.policy().check(&new, Some(&current.user().email));
            mistakes.password("/new_password", judged);
        }
        Some((old, new))
    })?;
    let changed = guestlist.change_password(session, old, new).await?;
    Ok(Private(changed.into()))
}
