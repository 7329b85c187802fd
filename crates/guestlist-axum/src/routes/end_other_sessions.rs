//! Ending all sessions but the one that asks.

use axum::extract::State;
use guestlist::Guestlist;

use super::{
    Private,
    opened::{GoOn, Opened},
};
use crate::{CurrentSession, Problem, ProblemBody};

/// `DELETE /sessions`: ends all of one's sessions, and opens a new one in place of the one that asks,
/// whose tokens open nothing any more either. Personal tokens go on.
#[utoipa::path(
    delete, path = "/sessions", tag = "door", operation_id = "end_other_sessions",
    responses(
        (status = 200, body = Opened, description = "Go on with these tokens"),
        (status = 204, description = "By a cookie: go on with the one that is set"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "By a personal token"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = []), ("cookie" = [])),
)]
pub(crate) async fn end_other_sessions(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
) -> Result<Private<GoOn>, Problem> {
    let replaced = guestlist.end_other_sessions(current.session().id).await?;
    Ok(Private(replaced.into()))
}
