//! Searching the events of all users.

use axum::{
    extract::{OriginalUri, RawQuery, State},
    response::IntoResponse,
};
use guestlist_axum::{
    Admin, CurrentUser, Json, Private, Problem, ProblemBody, QueryMistakes, parse_query,
    read_cursor,
};
use planner::{EventFilter, ListAllEventsError, ShownEvent};
use serde::Serialize;
use utoipa::ToSchema;

use super::next_page::next_link;
use crate::{admin::SHOWN, app::App, event_body::EventBody, serve::Room};

/// The parameters, for the OpenAPI description only.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct AllEventsQuery {
    /// Words in title, description or location, of at most 100 characters. Upper and lower case are
    /// the same.
    q: Option<String>,
    /// Where the page starts: `next` of the previous page.
    after: Option<String>,
}

/// An event in the answers to administrators.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminEvent)]
pub(crate) struct AdminEventBody {
    event: EventBody,
    /// The e-mail address of the user who created it.
    creator_email: String,
    /// Whether that user is disabled. Then other users do not see the event.
    creator_disabled: bool,
}

impl From<ShownEvent> for AdminEventBody {
    fn from(shown: ShownEvent) -> Self {
        Self {
            creator_email: shown.creator.email.to_string(),
            creator_disabled: shown.creator.is_disabled,
            event: EventBody::from(shown),
        }
    }
}

/// A page of all events.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminEventPage {
    items: Vec<AdminEventBody>,
    /// Where the next page starts. It is absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /api/v1/admin/events`: lists the events of all users, also unlisted ones, the newest first,
/// up to 50 a page.
#[utoipa::path(
    get, path = "/api/v1/admin/events", tag = "administration", operation_id = "list_all_events",
    params(AllEventsQuery),
    responses(
        (status = 200, description = "A page of events", body = AdminEventPage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`, or a personal access token was sent"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn list_events(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    OriginalUri(address): OriginalUri,
    RawQuery(query): RawQuery,
    room: Room,
) -> Result<impl IntoResponse, Problem> {
    let fields = parse_query(query.as_deref().unwrap_or_default())?;
    let mut mistakes = QueryMistakes::default();
    let (mut q, mut after) = ("", None);
    for (name, value) in mistakes.known_once(&fields, &["q", "after"], &[]) {
        if name == "q" {
            let is_short = value.chars().count() <= EventFilter::MOST_Q;
            let most = EventFilter::MOST_Q;
            let read = is_short.then_some(value);
            let read = read.ok_or_else(|| format!("has at most {most} characters"));
            q = mistakes.take(name, read).unwrap_or_default();
        } else {
            after = mistakes.take(name, read_cursor(value));
        }
    }
    mistakes.into_result()?;
    let page = app.planner.list_all_events(q, after, SHOWN).await;
    let page = page.map_err(|error| match error {
        // The length is checked above.
        ListAllEventsError::Filter(_) => Problem::internal(),
        ListAllEventsError::Store(error) => error.into(),
    })?;
    let next = page.next.map(|next| next.to_string());
    let link = next_link(&address, &fields, next.as_deref());
    let items = page.items.into_iter().map(AdminEventBody::from).collect();
    let body = Json(AdminEventPage { items, next });
    Ok((room, Private((link, body))))
}
