//! Deleting the account.

use axum::{
    extract::RawQuery,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use guestlist_axum::{
    CurrentSession, Private, Problem, ProblemBody, QueryMistakes, Reauthenticated, SessionCookie,
    parse_query,
};

use crate::app::SeenApp;

/// `DELETE /api/v1/me`: deletes the account of the session's user, and with it all sessions,
/// personal access tokens and security events. The events that the user created are deleted too, so
/// a user who has events must say so with `events=delete`.
#[utoipa::path(
    delete, path = "/api/v1/me", tag = "authentication", operation_id = "delete_me",
    params(("events" = Option<String>, Query,
        description = "`delete`: also deletes the events that the user created. Required if there are any")),
    responses(
        (status = 204, description = "The account is deleted"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`proof_required`: the user must reauthenticate; or a personal access token was sent"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`has_events`: the user created events, and `events` is missing"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn delete_account(
    SeenApp(app): SeenApp,
    Reauthenticated(current): Reauthenticated<CurrentSession>,
    RawQuery(query): RawQuery,
) -> Result<Private<Response>, Problem> {
    let user = current.user().id;
    let gives_up_events = gives_up_events(query.as_deref().unwrap_or_default())?;
    if !gives_up_events && app.has_events(user).await? {
        let detail = "you created events, which are deleted with the account; export them if you \
                      want to keep them, and repeat the request with ?events=delete";
        return Err(Problem::conflict("has_events", detail));
    }
    app.delete_own_account(current.user()).await?;
    let is_cookie = current.session().is_cookie_session();
    let cookie = is_cookie.then(SessionCookie::cleared);
    Ok(Private((cookie, StatusCode::NO_CONTENT).into_response()))
}

/// Reads the query: whether the events may be deleted.
fn gives_up_events(query: &str) -> Result<bool, Problem> {
    let fields = parse_query(query)?;
    let mut mistakes = QueryMistakes::default();
    let mut events = None;
    for (name, value) in mistakes.known_once(&fields, &["events"], &[]) {
        let read = match value {
            "delete" => Ok(()),
            _ => Err("is `delete`".to_owned()),
        };
        events = mistakes.take(name, read);
    }
    mistakes.into_result()?;
    Ok(events.is_some())
}
