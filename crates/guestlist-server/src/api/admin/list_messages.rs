//! The outbox: what was sent, or would have been.

use axum::{
    extract::{OriginalUri, RawQuery, State},
    response::IntoResponse,
};
use guestlist::{DeliveryState, MessageFilter, MessageId};
use guestlist_axum::{
    Admin, CurrentUser, Json, Private, Problem, ProblemBody, QueryMistakes, parse_query,
    read_cursor,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{message::MessageBody, next_page::next_link};
use crate::{
    admin::SHOWN,
    app::App,
    paging::{cut, to_fetch},
};

/// The parameters, for the OpenAPI description only.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct MessagesQuery {
    /// `held`, `queued`, `sent`, `failed` or `dropped`: only these mails.
    state: Option<String>,
    /// Where the page starts: `next` of the previous page.
    after: Option<String>,
}

/// A page of the outbox.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessagePage {
    items: Vec<MessageBody>,
    /// Where the next page starts. It is absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /api/v1/admin/messages`: lists the mails of the last 30 days, 50 a page, the newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/messages", tag = "administration", operation_id = "list_messages",
    params(MessagesQuery),
    responses(
        (status = 200, description = "A page of mails, without links and codes", body = MessagePage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`, or a personal access token was sent"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn list_messages(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    OriginalUri(address): OriginalUri,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, Problem> {
    let fields = parse_query(query.as_deref().unwrap_or_default())?;
    let (filter, after) = read(&fields)?;
    let mut messages = app
        .guestlist
        .list_messages(filter, after, to_fetch(SHOWN))
        .await?;
    let next = cut(&mut messages, SHOWN).map(|last| last.id.to_string());
    let link = next_link(&address, &fields, next.as_deref());
    let items = messages.iter().map(MessageBody::from).collect();
    Ok(Private((link, Json(MessagePage { items, next }))))
}

fn read(fields: &[(String, String)]) -> Result<(MessageFilter, Option<MessageId>), Problem> {
    let (mut filter, mut after) = (MessageFilter::default(), None);
    let mut mistakes = QueryMistakes::default();
    for (name, value) in mistakes.known_once(fields, &["state", "after"], &[]) {
        if name == "state" {
            let words = DeliveryState::ALL.map(DeliveryState::as_str).join(", ");
            let state = value.parse().map_err(|_| format!("is one of {words}"));
            filter.state = mistakes.take(name, state);
        } else {
            after = mistakes.take(name, read_cursor(value));
        }
    }
    mistakes.into_result()?;
    Ok((filter, after))
}
