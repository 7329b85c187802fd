//! `DELETE /sessions`.

use axum::extract::OriginalUri;
use guestlist::Extent;

use super::opened::{Opened, Replacement};
use crate::{
    CurrentSession, KnownDevice, Private, Problem, ProblemBody, QueryMistakes, SeenFrom,
    parse_query,
};

/// `DELETE /sessions`: ends all of the user's sessions, including the caller's, and opens a new
/// one. Personal access tokens stay valid, unless `personal_tokens=revoke` is given.
#[utoipa::path(
    delete, path = "/sessions", tag = "authentication", operation_id = "end_other_sessions",
    params(("personal_tokens" = Option<String>, Query, example = "revoke",
        description = "`revoke` also revokes all personal access tokens; without it they stay valid")),
    responses(
        (status = 200, body = Opened, description = "The new session and its tokens"),
        (status = 204, description = "The new session's cookie is set, if the caller's session was held by a cookie"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn end_other_sessions(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    browser: KnownDevice,
    OriginalUri(address): OriginalUri,
) -> Result<Private<Replacement>, Problem> {
    let extent = extent(address.query().unwrap_or_default())?;
    let session = current.session();
    let replaced = guestlist.end_other_sessions(session.id, extent).await?;
    Ok(Private(Replacement::new(&browser, session, replaced)))
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
