//! The user's sessions, and how to end them.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use guestlist::{Extent, OpenSession, SessionId, Timestamp};
use guestlist_axum::{
    CurrentSession, Form, KnownDevice, OwnForm, Problem, SeenFrom, device_in_words,
};

use crate::{
    app::App,
    pages::{
        assets,
        flash::FlashMessage,
        page::Page,
        visit::{Layout, Visit},
        when_text,
    },
    paging::{cut, to_fetch},
};

const SHOWN: u32 = 50;
const SESSIONS: &str = "/account/sessions";

#[derive(Template)]
#[template(path = "account/sessions.html")]
pub(super) struct Sessions {
    layout: Layout,
    sessions: Vec<Shown>,
    next: Option<String>,
    /// Whether there are personal access tokens, which do not end with sessions.
    has_tokens: bool,
}

/// One session.
struct Shown {
    id: String,
    device: String,
    address: Option<String>,
    seen: String,
    since: String,
    /// The same, machine-readable.
    since_at: String,
    is_current: bool,
}

impl Shown {
    fn new(open: &OpenSession, now: Timestamp) -> Self {
        let session = &open.session;
        let device = session.client.device.as_deref();
        Self {
            id: session.id.to_string(),
            device: device
                .and_then(device_in_words)
                .unwrap_or_else(|| "Unknown device".to_owned()),
            address: session.client.address.map(|address| address.to_string()),
            seen: when_text::ago(session.last_seen_at, now),
            since: when_text::date(session.created_at),
            since_at: session.created_at.to_string(),
            is_current: open.is_current,
        }
    }
}

/// `GET /account/sessions`: lists the sessions; `after` continues the list.
pub(super) async fn list_sessions(
    State(app): State<App>,
    current: CurrentSession,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Page<Sessions>, Problem> {
    let (user, session) = (current.user().id, current.session().id);
    let query = Form::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let after = query
        .get("after")
        .and_then(|id| id.parse::<SessionId>().ok());
    let mut open = app
        .guestlist
        .list_sessions(user, session, after, to_fetch(SHOWN))
        .await?;
    let tokens = app.guestlist.list_tokens(user, None, 1).await?;
    let last = cut(&mut open, SHOWN);
    let next = last.map(|last| format!("{SESSIONS}?after={}", last.session.id));
    let now = app.clock.now();
    let sessions = open.iter().map(|open| Shown::new(open, now));
    Ok(Page::private(Sessions {
        layout: visit.into_layout(),
        sessions: sessions.collect(),
        next,
        has_tokens: !tokens.is_empty(),
    }))
}

/// `POST /account/sessions/end`: ends one of the user's sessions.
pub(super) async fn end_session(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    // An invalid id names no session.
    if let Some(Ok(id)) = form.get("id").map(str::parse::<SessionId>) {
        guestlist.end_session(current.user().id, id).await?;
    }
    Ok(FlashMessage::SessionEnded.then(SESSIONS).into_response())
}

/// `POST /account/sessions/end-others`: ends all other sessions; this one gets a new id. With
/// `personal_tokens`, the same step revokes all personal access tokens.
pub(super) async fn end_other_sessions(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    browser: KnownDevice,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let (extent, done) = match form.get("personal_tokens") {
        Some(_) => (
            Extent::SessionsAndTokens,
            FlashMessage::SessionsAndTokensEnded,
        ),
        None => (Extent::Sessions, FlashMessage::OtherSessionsEnded),
    };
    let session = current.session();
    let ended = guestlist.end_other_sessions(session.id, extent).await?;
    let cookie = browser.after_replacement(session, &ended);
    Ok((cookie, done.then(SESSIONS)).into_response())
}
