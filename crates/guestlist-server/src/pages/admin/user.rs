//! One user: what is known, sessions, security log, events, and what an administrator may change.

use askama::Template;
use axum::response::{IntoResponse, Response};
use guestlist::{OpenSession, Role, SecondFactor, Timestamp, User, UserId};
use guestlist_axum::{
    Admin, CurrentSession, CurrentUser, OwnForm, Problem, Reauthenticated, device_in_words,
};
use planner::EventFilter;

use super::{moment::Moment, security_log::Entries};
use crate::{
    admin::AccountChange,
    app::SeenApp,
    id_in_path::IdInPath,
    pages::{
        assets,
        flash::FlashMessage,
        page::Page,
        security_entry::SecurityEntry,
        visit::{FormVisit, Layout},
        when_text,
    },
    paging::{cut, to_fetch},
};

/// How many sessions and how many events the page shows.
const SHOWN: u32 = 20;
/// How many entries of the security log the page shows.
const ENTRIES: u32 = 5;

#[derive(Template)]
#[template(path = "admin/user.html")]
pub(super) struct OneUser {
    layout: Layout,
    id: String,
    email: String,
    name: Option<String>,
    is_admin: bool,
    /// Whether this is the administrator's own account.
    is_own: bool,
    since: Moment,
    verified: Option<Moment>,
    approved: Option<Moment>,
    disabled: Option<Moment>,
    second_factor: Option<Factor>,
    sessions: Vec<SessionRow>,
    has_more_sessions: bool,
    events: Vec<EventRow>,
    has_more_events: bool,
    /// The newest entries of the security log.
    entries: Vec<SecurityEntry>,
    has_more_entries: bool,
}

/// The second factor of the user, without its secret and its recovery codes.
struct Factor {
    since: Moment,
    codes_left: u32,
    codes_made: u32,
}

impl From<SecondFactor> for Factor {
    fn from(factor: SecondFactor) -> Self {
        Self {
            since: Moment::day(factor.since),
            codes_left: factor.codes_left,
            codes_made: factor.codes_made,
        }
    }
}

/// A session of the user.
struct SessionRow {
    device: String,
    address: Option<String>,
    seen: String,
    since: Moment,
}

impl SessionRow {
    fn new(open: &OpenSession, now: Timestamp) -> Self {
        let session = &open.session;
        let device = session.client.device.as_deref();
        Self {
            device: device
                .and_then(device_in_words)
                .unwrap_or_else(|| "Unknown device".to_owned()),
            address: session.client.address.map(|address| address.to_string()),
            seen: when_text::ago(session.last_seen_at, now),
            since: Moment::day(session.created_at),
        }
    }
}

/// An event that the user created.
struct EventRow {
    id: String,
    title: String,
}

/// `GET /admin/users/{id}`
pub(super) async fn show_user(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    current: CurrentSession,
    IdInPath(id): IdInPath,
    FormVisit(layout): FormVisit,
) -> Result<Page<OneUser>, Problem> {
    let id = read(&id)?;
    let user = app.guestlist.find_user(id).await?;
    let user = user.ok_or_else(Problem::not_found)?;
    let second_factor = app.guestlist.second_factor_of(id).await?;
    let mut open = app
        .guestlist
        .list_sessions(id, current.session().id, None, to_fetch(SHOWN))
        .await?;
    let has_more_sessions = cut(&mut open, SHOWN).is_some();
    let theirs = EventFilter {
        creator: Some(id),
        ..EventFilter::default()
    };
    let events = app.planner.list_events(&theirs, None, SHOWN).await?;
    let Entries { entries, last } = Entries::read(&app, id, None, ENTRIES).await?;
    let now = app.clock.now();
    let User {
        email, name, role, ..
    } = &user;
    let rows = events.items.into_iter().map(|shown| EventRow {
        id: shown.event.id.to_string(),
        title: shown.event.fields.title,
    });
    Ok(Page::private(OneUser {
        layout,
        id: id.to_string(),
        email: email.to_string(),
        name: name.as_ref().map(ToString::to_string),
        is_admin: *role == Role::Admin,
        is_own: id == admin.id(),
        since: Moment::day(user.created_at),
        verified: user.verified_at.map(Moment::day),
        approved: user.approved_at.map(Moment::day),
        disabled: user.disabled_at.map(Moment::day),
        second_factor: second_factor.map(Factor::from),
        has_more_sessions,
        sessions: open.iter().map(|open| SessionRow::new(open, now)).collect(),
        events: rows.collect(),
        has_more_events: events.next.is_some(),
        entries,
        has_more_entries: last.is_some(),
    }))
}

/// The link by which the user sets another password. It is shown once.
#[derive(Template)]
#[template(path = "admin/reset_link.html")]
struct ResetLink {
    layout: Layout,
    id: String,
    link: String,
}

/// `POST /admin/users/{id}`: makes the change that the pressed button names.
pub(super) async fn change_user(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    _: Reauthenticated<CurrentUser>,
    IdInPath(id): IdInPath,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let user = read(&id)?;
    if form.get("change") == Some("reset-link") {
        let link = app.make_reset_link(admin.id(), user).await?;
        let id = user.to_string();
        return Ok(Page::private(ResetLink { layout, id, link }).into_response());
    }
    let page = format!("/admin/users/{user}");
    let changed = FlashMessage::UserChanged;
    let (change, done) = match form.get("change") {
        Some("unlock") => (AccountChange::Unlock, FlashMessage::UserUnlocked),
        Some("verify") => (AccountChange::Verify, FlashMessage::UserVerified),
        Some("remove-second-factor") => (
            AccountChange::RemoveSecondFactor,
            FlashMessage::UserFactorRemoved,
        ),
        Some("disable") => (AccountChange::Disable, changed),
        Some("enable") => (AccountChange::Enable, changed),
        Some("approve") => (AccountChange::Approve, changed),
        Some("make-admin") => (AccountChange::Role(Role::Admin), changed),
        Some("make-member") => (AccountChange::Role(Role::Member), changed),
        _ => {
            let detail = "the form does not say what to change";
            return Err(Problem::bad_request("invalid_request", detail));
        }
    };
    match app.change_account(admin.id(), user, &[change]).await {
        // The form was sent twice.
        Err(problem) if problem.code() == "second_factor_not_set" => {}
        changed => changed?,
    }
    Ok(done.then(&page).into_response())
}

/// An invalid id names no user.
fn read(id: &str) -> Result<UserId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}
