//! `GET /me/security-events`.

use axum::{extract::State, response::IntoResponse};
use guestlist::{Guestlist, SecurityEventId};
use serde::Serialize;
use utoipa::ToSchema;

use super::SecurityEventBody;
use crate::{
    CurrentSession, Json, Private, Problem, ProblemBody,
    page::{PageParameters, PageQuery},
};

/// A page of security events.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecurityEventPage {
    items: Vec<SecurityEventBody>,
    /// The cursor of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /me/security-events`: lists the events of the user's account, such as sign-ins and changes
/// of the password, newest first, in pages.
#[utoipa::path(
    get, path = "/me/security-events", tag = "authentication", operation_id = "list_security_events",
    params(PageParameters),
    responses(
        (status = 200, description = "A page of security events", body = SecurityEventPage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn list_security_events(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
    page: PageQuery<SecurityEventId>,
) -> Result<impl IntoResponse, Problem> {
    let user = current.user().id;
    let mut events = guestlist
        .list_security_events_of(user, page.after, page.to_fetch())
        .await?;
    let (next, link) = page.cut(&mut events, |event| event.id);
    let items = events.iter().map(SecurityEventBody::from).collect();
    Ok(Private((link, Json(SecurityEventPage { items, next }))))
}
