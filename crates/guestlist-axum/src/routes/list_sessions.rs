//! `GET /sessions`.

use axum::{extract::State, response::IntoResponse};
use guestlist::{Guestlist, SessionId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    CurrentSession, Json, Private, Problem, ProblemBody, SessionBody,
    page::{PageParameters, PageQuery},
};

/// A page of sessions.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionPage {
    items: Vec<SessionBody>,
    /// The cursor of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /sessions`: lists the user's active sessions, oldest first, in pages.
#[utoipa::path(
    get, path = "/sessions", tag = "authentication", operation_id = "list_sessions", params(PageParameters),
    responses(
        (status = 200, description = "A page of sessions", body = SessionPage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn list_sessions(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
    page: PageQuery<SessionId>,
) -> Result<impl IntoResponse, Problem> {
    let (user, current) = (current.user().id, current.session().id);
    let mut sessions = guestlist
        .list_sessions(user, current, page.after, page.to_fetch())
        .await?;
    let (next, link) = page.cut(&mut sessions, |open| open.session.id);
    let items = sessions
        .iter()
        .map(|open| SessionBody::new(&open.session, open.is_current))
        .collect();
    Ok(Private((link, Json(SessionPage { items, next }))))
}
