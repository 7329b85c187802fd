//! The security log of a user, for administrators.

use askama::Template;
use axum::extract::{RawQuery, State};
use guestlist::{SecurityEventId, UserId};
use guestlist_axum::{Admin, CurrentUser, Problem, parse_query};

use crate::{
    admin::SHOWN,
    app::App,
    id_in_path::IdInPath,
    pages::{
        assets,
        page::Page,
        security_entry::SecurityEntry,
        visit::{Layout, Visit},
    },
    paging::{cut, to_fetch},
    security_words::Reader,
};

#[derive(Template)]
#[template(path = "admin/security_log.html")]
pub(super) struct SecurityLog {
    layout: Layout,
    id: String,
    email: String,
    entries: Vec<SecurityEntry>,
    next: Option<String>,
}

/// The newest entries of a security log, and whether there are more.
pub(super) struct Entries {
    pub(super) entries: Vec<SecurityEntry>,
    /// The id of the last entry, if there are older ones.
    pub(super) last: Option<SecurityEventId>,
}

impl Entries {
    /// Reads up to `most` entries of the user, the newest first, before the id `before`.
    pub(super) async fn read(
        app: &App,
        user: UserId,
        before: Option<SecurityEventId>,
        most: u32,
    ) -> Result<Self, Problem> {
        let events = app
            .guestlist
            .list_security_events_of(user, before, to_fetch(most));
        let mut events = events.await?;
        let last = cut(&mut events, most).map(|last| last.id);
        let now = app.clock.now();
        Ok(Self {
            last,
            entries: events
                .iter()
                .map(|event| SecurityEntry::new(event, Reader::Operator, now))
                .collect(),
        })
    }
}

/// `GET /admin/users/{id}/log`: lists the entries, the newest first; `before` continues the list.
pub(super) async fn show_log(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    IdInPath(id): IdInPath,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Page<SecurityLog>, Problem> {
    let id: UserId = id.parse().map_err(|_| Problem::not_found())?;
    let query = parse_query(query.as_deref().unwrap_or_default())?;
    let before = query.iter().find(|(name, _)| name == "before");
    let before = before.and_then(|(_, id)| id.parse().ok());
    let user = app.guestlist.find_user(id).await?;
    let user = user.ok_or_else(Problem::not_found)?;
    let Entries { entries, last } = Entries::read(&app, id, before, SHOWN).await?;
    Ok(Page::private(SecurityLog {
        layout: visit.into_layout(),
        id: id.to_string(),
        email: user.email.to_string(),
        entries,
        next: last.map(|last| format!("/admin/users/{id}/log?before={last}")),
    }))
}
