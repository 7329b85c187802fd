//! Listing events.

use axum::{
    extract::{OriginalUri, RawQuery, State},
    http::{
        HeaderName, Method,
        header::{CONTENT_TYPE, LINK},
    },
    response::{AppendHeaders, IntoResponse, Response},
};
use guestlist_axum::{CurrentUser, Delegated, Json, Problem, ProblemBody};
use planner::Planner;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::{EventsQuery, Query};
use crate::{cursor::cursor, event_body::EventBody, head, serve::Room};

/// A page of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct EventPage {
    items: Vec<EventBody>,
    /// The cursor of the next page. It is absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /api/v1/events`: lists public events, or the caller's own, a page at a time.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", operation_id = "list_events",
    params(EventsQuery),
    responses(
        (status = 200, description = "A page of events", body = EventPage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json",
            description = "An invalid token, or `mine` without a token"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_events(
    State(planner): State<Planner>,
    method: Method,
    user: Option<Delegated<CurrentUser>>,
    OriginalUri(address): OriginalUri,
    RawQuery(query): RawQuery,
    room: Room,
) -> Result<Response, Problem> {
    let mut query = Query::parse(query.as_deref().unwrap_or_default())?;
    if query.mine {
        let Delegated(user) = user.ok_or_else(Problem::not_authenticated)?;
        query.filter.creator = Some(user.id());
    }
    if method == Method::HEAD {
        // Only reading the page could tell whether there is a next one, so `HEAD` has no `Link`
        // header (RFC 9110, section 9.3.2).
        return Ok(([(CONTENT_TYPE, "application/json")], head::unmade_body()).into_response());
    }
    let page = planner
        .list_events(&query.filter, query.after.as_ref(), query.limit)
        .await?;
    let next = page
        .next
        .map(|position| cursor(&position, query.filter.sort));
    let link = next.as_ref().map(|next| -> (HeaderName, String) {
        let query = query.going_on(next);
        (LINK, format!("<{}?{query}>; rel=\"next\"", address.path()))
    });
    let items = page.items.into_iter().map(EventBody::from).collect();
    let page = Json(EventPage { items, next });
    Ok((room, AppendHeaders(link), page).into_response())
}
