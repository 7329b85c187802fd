//! What happened in the account: sign-ins, refused passwords, changes.

use askama::Template;
use axum::extract::{RawQuery, State};
use guestlist::{SecurityEvent, SecurityEventId, Timestamp};
use guestlist_axum::{CurrentSession, Form, Problem, device_in_words};

use crate::{
    app::App,
    pages::{
        assets,
        page::Page,
        visit::{Layout, Visit},
        when_text,
    },
    security_words::sentence,
};

const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "account/security.html")]
pub(super) struct Security {
    layout: Layout,
    events: Vec<Shown>,
    next: Option<String>,
}

/// One event.
struct Shown {
    sentence: String,
    /// How many further events the entry stands for, and when the last one happened.
    more: Option<(u32, String)>,
    is_warning: bool,
    device: Option<String>,
    address: Option<String>,
    is_address_of_proxy: bool,
    ago: String,
    /// The day and time in UTC, to read and machine-readable.
    at: (String, String),
}

impl Shown {
    fn new(event: &SecurityEvent, now: Timestamp) -> Self {
        let device = event.client.device.as_deref();
        let more = (event.times > 1).then(|| event.times - 1);
        Self {
            sentence: sentence(event),
            more: more.map(|more| (more, when_text::ago(event.last_at, now))),
            is_warning: event.kind.is_warning(),
            device: device.map(|device| {
                let words = device_in_words(device);
                words.unwrap_or_else(|| "Unknown device".to_owned())
            }),
            address: event.client.address.map(|address| address.to_string()),
            is_address_of_proxy: event.is_address_of_proxy(),
            ago: when_text::ago(event.at, now),
            at: (when_text::moment(event.at), event.at.to_string()),
        }
    }
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
    Ok(Page::private(Security {
        layout: visit.into_layout(),
        events: events.map(|event| Shown::new(event, now)).collect(),
        next,
    }))
}
