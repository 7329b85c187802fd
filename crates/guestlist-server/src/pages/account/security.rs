//! What happened in the account: sign-ins, refused passwords, changes.

use askama::Template;
use axum::extract::{RawQuery, State};
use guestlist::SecurityEventId;
use guestlist_axum::{CurrentSession, Form, Problem};

use crate::{
    app::App,
    pages::{
        assets,
        page::Page,
        security_entry::SecurityEntry,
        visit::{Layout, Visit},
    },
    security_words::Reader,
};

const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "account/security.html")]
pub(super) struct Security {
    layout: Layout,
    events: Vec<SecurityEntry>,
    next: Option<String>,
}

/// `GET /account/security`: lists the events, the newest first; `before` continues the list.
pub(super) async fn list_security_events(
    State(app): State<App>,
    current: CurrentSession,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Page<Security>, Problem> {
    let query = Form::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let before = query.get("before");
    let before = before.and_then(|id| id.parse::<SecurityEventId>().ok());
    // One more than is shown, to know whether there are more.
    let user = current.user().id;
    let events = app
        .guestlist
        .list_security_events_of(user, before, SHOWN + 1)
        .await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let last = events.get(shown - 1).filter(|_| events.len() > shown);
    let next = last.map(|last| format!("/account/security?before={}", last.id));
    let now = app.clock.now();
    let events = events.iter().take(shown);
    let events = events.map(|event| SecurityEntry::new(event, Reader::User, now));
    Ok(Page::private(Security {
        layout: visit.into_layout(),
        events: events.collect(),
        next,
    }))
}
