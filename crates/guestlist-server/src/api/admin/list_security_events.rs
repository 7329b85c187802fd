//! The security log of a user.

use axum::{
    extract::{OriginalUri, RawQuery, State},
    response::IntoResponse,
};
use guestlist::SecurityEventId;
use guestlist_axum::{
    Admin, CurrentUser, Json, Private, Problem, ProblemBody, QueryMistakes, SecurityEventBody,
    parse_query, read_cursor,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{next_page::next_link, show_user::find};
use crate::{
    admin::SHOWN,
    app::App,
    id_in_path::IdInPath,
    paging::{cut, to_fetch},
};

/// The parameters, for the OpenAPI description only.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct LogQuery {
    /// Where the page starts: `next` of the previous page.
    after: Option<String>,
}

/// A page of the security log of a user.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminSecurityEventPage {
    items: Vec<SecurityEventBody>,
    /// Where the next page starts. It is absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /api/v1/admin/users/{id}/security-events`: lists the security log of a user, 50 entries a
/// page, the newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/users/{id}/security-events", tag = "administration",
    operation_id = "list_security_events_of_user",
    params(("id" = String, Path, description = "The user's id"), LogQuery),
    responses(
        (status = 200, description = "A page of security events", body = AdminSecurityEventPage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`, or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn list_security_events(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    IdInPath(id): IdInPath,
    OriginalUri(address): OriginalUri,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, Problem> {
    let fields = parse_query(query.as_deref().unwrap_or_default())?;
    let mut after = None::<SecurityEventId>;
    let mut mistakes = QueryMistakes::default();
    for (name, value) in mistakes.known_once(&fields, &["after"], &[]) {
        after = mistakes.take(name, read_cursor(value));
    }
    mistakes.into_result()?;
    let user = find(&app, &id).await?;
    let mut events = app
        .guestlist
        .list_security_events_of(user.id, after, to_fetch(SHOWN))
        .await?;
    let next = cut(&mut events, SHOWN).map(|last| last.id.to_string());
    let link = next_link(&address, &fields, next.as_deref());
    let items = events.iter().map(SecurityEventBody::from).collect();
    Ok(Private((
        link,
        Json(AdminSecurityEventPage { items, next }),
    )))
}
