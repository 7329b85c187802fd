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
    paging::{cut, to_fetch},
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
    let user = current.user().id;
    let mut events = app
        .guestlist
        .list_security_events_of(user, before, to_fetch(SHOWN))
        .await?;
    let last = cut(&mut events, SHOWN);
    let next = last.map(|last| format!("/account/security?before={}", last.id));
    let now = app.clock.now();
    let events = events.iter();
    let events = events.map(|event| SecurityEntry::new(event, Reader::User, now));
    Ok(Page::private(Security {
        layout: visit.into_layout(),
        events: events.collect(),
        next,
    }))
}
