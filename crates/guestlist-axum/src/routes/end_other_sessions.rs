//! Ending all sessions but the one that asks.

use axum::extract::{OriginalUri, State};
use guestlist::{Extent, Guestlist};

use super::{
    Private,
    opened::{GoOn, Opened},
};
use crate::{CurrentSession, Problem, ProblemBody, QueryMistakes, parse_query};

/// `DELETE /sessions`: ends all of one's sessions, and opens a new one in place of the one that asks,
/// whose tokens open nothing any more either. Personal access tokens stay, unless
/// `personal_tokens=revoke` is given.
#[utoipa::path(
    delete, path = "/sessions", tag = "door", operation_id = "end_other_sessions",
    params(("personal_tokens" = Option<String>, Query, example = "revoke",
        description = "`revoke` revokes all personal access tokens in the same step; without it they stay")),
    responses(
        (status = 200, body = Opened, description = "Go on with these tokens"),
        (status = 204, description = "By a cookie: go on with the one that is set"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
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
    OriginalUri(address): OriginalUri,
) -> Result<Private<GoOn>, Problem> {
    let extent = extent(address.query().unwrap_or_default())?;
    let session = current.session().id;
    let replaced = guestlist.end_other_sessions(session, extent).await?;
    Ok(Private(replaced.into()))
}

fn extent(query: &str) -> Result<Extent, Problem> {
    let fields = parse_query(query)?;
    let mut mistakes = QueryMistakes::default();
    let mut extent = Extent::Sessions;
    for (name, value) in mistakes.known_once(&fields, &["personal_tokens"], &[]) {
        let read = if value == "revoke" {
            Ok(Extent::SessionsAndTokens)
        } else {
            Err("may be revoke, or left out".to_owned())
        };
        extent = mistakes.take(name, read).unwrap_or(extent);
    }
    mistakes.into_result()?;
    Ok(extent)
}
