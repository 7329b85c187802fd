//! Everything that is stored about a user, except secrets and hashes of secrets, as one JSON object.
//! The pages, the API and the command line give it. It is made in batches; see `exports.rs`.

mod bodies;

use std::io::{self, Write};

use axum::{
    http::{
        HeaderName, Method,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use bodies::{MessageBody, SecondFactorBody};
use guestlist::{
    Guestlist, Invitation, InvitationId, Message, MessageFilter, MessageId, OpenSession,
    SecondFactor, SecurityEvent, SecurityEventId, SecurityEventKind, SessionId, StoreError, Token,
    TokenId, User, UserId,
};
use guestlist_axum::{
    CurrentSession, InvitationBody, PersonalTokenBody, Problem, SecurityEventBody, SessionBody,
    UserBody,
};
use planner::{EventFilter, EventSort, Planner, Position, ShownEvent};
use serde::Serialize;

use crate::{
    app::App,
    event_body::EventBody,
    exports::{BATCH_BYTES, Document, ExportError, NoPlace},
    head,
};

/// The number of records read at once; fewer if they are long.
const BATCH: u32 = 100;
/// An export takes seconds, so the next one may soon begin. In seconds.
const RETRY_AFTER: u32 = 5;

/// Answers with everything that is stored about the session's user. The security log has an entry
/// about it; `guestlist` records it.
pub(crate) async fn of_user(
    app: &App,
    guestlist: &Guestlist,
    method: &Method,
    current: &CurrentSession,
) -> Result<Response, Problem> {
    let user = current.user();
    let data = Data::new(app, user, current.session().id);
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""),
        (CACHE_CONTROL, "no-store"),
    ];
    let response = answer(app, method, user.id, headers, data).await?;
    if *method != Method::HEAD {
        let event = guestlist.event(user.id, SecurityEventKind::Exported);
        guestlist.record_event(event).await;
    }
    Ok(response)
}

/// Writes everything that is stored about the user. The caller has no session of the user.
///
/// # Errors
///
/// If the store fails, or the text cannot be written. A part of it may be written then.
pub(crate) async fn write(app: &App, user: &User, out: &mut impl Write) -> anyhow::Result<()> {
    let no_session = SessionId::from(uuid::Uuid::nil());
    let mut data = Data::new(app, user, no_session);
    while let Some(batch) = data.read().await? {
        out.write_all(&Data::spell(batch))?;
    }
    out.write_all(b"\n").map_err(io::Error::into)
}

/// Answers `GET` with the document. `HEAD` neither makes the document nor counts as an export.
pub(crate) async fn answer(
    app: &App,
    method: &Method,
    user: UserId,
    headers: [(HeaderName, &'static str); 3],
    document: impl Document,
) -> Result<Response, Problem> {
    let body = match *method {
        Method::HEAD => head::unmade_body(),
        _ => app.exports.begin(user, document).await?,
    };
    Ok((headers, body).into_response())
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::NoPlace(no_place @ NoPlace::OfUser(_)) => {
                let detail = format!("{no_place}; try again when that export has ended");
                Self::too_many_at_once("too_many_exports", detail, RETRY_AFTER)
                    .because_of("exports_per_user")
            }
            ExportError::NoPlace(no_place @ NoPlace::InAll) => {
                tracing::warn!("refused an export: {no_place}");
                Self::busy().because_of("exports")
            }
            ExportError::Store(error) => error.into(),
        }
    }
}

/// The events of one user, in the order of their creation.
pub(crate) struct OwnEvents {
    planner: Planner,
    filter: EventFilter,
    after: Option<Position>,
    /// Whether the last page was read.
    pub(crate) is_over: bool,
}

impl OwnEvents {
    pub(crate) fn of(app: &App, user: UserId) -> Self {
        Self {
            planner: app.planner.clone().list_bytes(BATCH_BYTES),
            filter: EventFilter {
                creator: Some(user),
                sort: EventSort::CreatedAt,
                ..EventFilter::default()
            },
            after: None,
            is_over: false,
        }
    }

    /// Reads the next page.
    pub(crate) async fn next(&mut self) -> Result<Vec<ShownEvent>, StoreError> {
        let page = self
            .planner
            .list_events(&self.filter, self.after.as_ref(), BATCH);
        let page = page.await?;
        self.after = page.next;
        self.is_over = page.next.is_none();
        Ok(page.items)
    }
}

/// What is stored about a user, as one JSON object.
struct Data {
    app: App,
    user: UserId,
    session: SessionId,
    events: OwnEvents,
    section: Section,
}

/// The next part of the object. A list continues after the given record.
enum Section {
    User(Box<User>),
    Sessions(Option<SessionId>),
    Tokens(Option<TokenId>),
    Invitations(Option<InvitationId>),
    Messages(Option<MessageId>),
    SecurityEvents(Option<SecurityEventId>),
    Events { is_first: bool },
}

/// Some of the records, with the text of the object before and after them.
struct DataBatch {
    /// Written at the start of the object.
    user: Option<Box<Start>>,
    records: Records,
    /// Whether these are the first records of their list.
    is_first: bool,
    after: &'static str,
}

/// The start of the object.
struct Start {
    user: User,
    second_factor: Option<SecondFactor>,
}

enum Records {
    Sessions(Vec<OpenSession>),
    Tokens(Vec<Token>),
    Invitations(Vec<Invitation>),
    Messages(Vec<Message>),
    SecurityEvents(Vec<SecurityEvent>),
    Events(Vec<ShownEvent>),
}

impl Document for Data {
    type Batch = DataBatch;

    async fn read(&mut self) -> Result<Option<DataBatch>, StoreError> {
        let app = self.app.clone();
        let guestlist = &app.guestlist;
        let is_full = |records: usize| u32::try_from(records).is_ok_and(|many| many >= BATCH);
        Ok(Some(match &mut self.section {
            Section::User(user) => {
                let user = Some(Box::new(Start {
                    user: User::clone(user),
                    second_factor: guestlist.second_factor_of(self.user).await?,
                }));
                let sessions = guestlist.list_sessions(self.user, self.session, None, BATCH);
                let sessions = sessions.await?;
                self.sessions(sessions, user, true)
            }
            Section::Sessions(after) => {
                let sessions = guestlist.list_sessions(self.user, self.session, *after, BATCH);
                let sessions = sessions.await?;
                self.sessions(sessions, None, false)
            }
            Section::Tokens(after) => {
                let is_first = after.is_none();
                let tokens = guestlist.list_tokens(self.user, *after, BATCH).await?;
                let next = tokens.last().filter(|_| is_full(tokens.len()));
                let next = next.map(|token| Section::Tokens(Some(token.id)));
                let rest = (Section::Invitations(None), "],\"invitations\":[");
                self.batch(Records::Tokens(tokens), is_first, next, rest)
            }
            Section::Invitations(after) => {
                let is_first = after.is_none();
                let invitations = guestlist.list_invitations_of(self.user, *after, BATCH);
                let invitations = invitations.await?;
                let next = invitations.last().filter(|_| is_full(invitations.len()));
                let next = next.map(|last| Section::Invitations(Some(last.id)));
                let rest = (Section::Messages(None), "],\"messages\":[");
                self.batch(Records::Invitations(invitations), is_first, next, rest)
            }
            Section::Messages(after) => {
                let is_first = after.is_none();
                let theirs = MessageFilter {
                    user: Some(self.user),
                    ..MessageFilter::default()
                };
                let messages = guestlist.list_messages(theirs, *after, BATCH).await?;
                let next = messages.last().filter(|_| is_full(messages.len()));
                let next = next.map(|message| Section::Messages(Some(message.id)));
                let rest = (Section::SecurityEvents(None), "],\"security_events\":[");
                self.batch(Records::Messages(messages), is_first, next, rest)
            }
            Section::SecurityEvents(before) => {
                let is_first = before.is_none();
                let events = guestlist.list_security_events_of(self.user, *before, BATCH);
                let events = events.await?;
                let next = events.last().filter(|_| is_full(events.len()));
                let next = next.map(|event| Section::SecurityEvents(Some(event.id)));
                let rest = (Section::Events { is_first: true }, "],\"events\":[");
                self.batch(Records::SecurityEvents(events), is_first, next, rest)
            }
            Section::Events { .. } if self.events.is_over => return Ok(None),
            Section::Events { is_first } => {
                let is_first = std::mem::replace(is_first, false);
                let events = self.events.next().await?;
                DataBatch {
                    user: None,
                    records: Records::Events(events),
                    is_first,
                    after: if self.events.is_over { "]}" } else { "" },
                }
            }
        }))
    }

    fn spell(batch: DataBatch) -> Vec<u8> {
        let mut text = Vec::new();
        if let Some(user) = &batch.user {
            begin(&mut text, user);
        }
        match batch.records {
            Records::Sessions(sessions) => {
                let bodies = sessions
                    .iter()
                    .map(|open| SessionBody::new(&open.session, open.is_current));
                write_items(&mut text, bodies, batch.is_first);
            }
            Records::Tokens(tokens) => {
                let bodies = tokens.iter().map(PersonalTokenBody::from);
                write_items(&mut text, bodies, batch.is_first);
            }
            Records::Invitations(invitations) => {
                let bodies = invitations.iter().map(InvitationBody::from);
                write_items(&mut text, bodies, batch.is_first);
            }
            Records::Messages(messages) => {
                let bodies = messages.iter().map(MessageBody::from);
                write_items(&mut text, bodies, batch.is_first);
            }
            Records::SecurityEvents(events) => {
                let bodies = events.iter().map(SecurityEventBody::from);
                write_items(&mut text, bodies, batch.is_first);
            }
            Records::Events(events) => {
                let bodies = events.into_iter().map(EventBody::from);
                write_items(&mut text, bodies, batch.is_first);
            }
        }
        text.extend_from_slice(batch.after.as_bytes());
        text
    }
}

impl Data {
    fn new(app: &App, user: &User, session: SessionId) -> Self {
        Self {
            section: Section::User(Box::new(user.clone())),
            user: user.id,
            session,
            events: OwnEvents::of(app, user.id),
            app: app.clone(),
        }
    }

    /// Builds a batch, and advances to the next section: `next` if this list goes on, and otherwise
    /// the one of `rest`, with the text in front of it.
    fn batch(
        &mut self,
        records: Records,
        is_first: bool,
        next: Option<Section>,
        rest: (Section, &'static str),
    ) -> DataBatch {
        let after = if next.is_some() { "" } else { rest.1 };
        self.section = next.unwrap_or(rest.0);
        DataBatch {
            user: None,
            records,
            is_first,
            after,
        }
    }

    /// Builds a batch of sessions, and advances to the next section.
    fn sessions(
        &mut self,
        sessions: Vec<OpenSession>,
        user: Option<Box<Start>>,
        is_first: bool,
    ) -> DataBatch {
        let is_full = u32::try_from(sessions.len()).is_ok_and(|many| many >= BATCH);
        let next = sessions.last().filter(|_| is_full);
        let next = next.map(|open| Section::Sessions(Some(open.session.id)));
        let after = match next {
            Some(_) => "",
            None => "],\"personal_tokens\":[",
        };
        self.section = next.unwrap_or(Section::Tokens(None));
        DataBatch {
            user,
            records: Records::Sessions(sessions),
            is_first,
            after,
        }
    }
}

/// Writes the start of the object, up to the list of sessions.
fn begin(text: &mut Vec<u8>, start: &Start) {
    let user = &start.user;
    text.extend_from_slice(b"{\"user\":");
    write_json(text, &UserBody::from(user));
    text.extend_from_slice(b",\"name\":");
    write_json(text, &user.name.as_ref().map(ToString::to_string));
    text.extend_from_slice(b",\"second_factor\":");
    let second_factor = start.second_factor.as_ref();
    write_json(text, &second_factor.map(SecondFactorBody::from));
    text.extend_from_slice(b",\"sessions\":[");
}

fn write_items(
    text: &mut Vec<u8>,
    bodies: impl IntoIterator<Item = impl Serialize>,
    is_first: bool,
) {
    for (number, body) in bodies.into_iter().enumerate() {
        if number > 0 || !is_first {
            text.push(b',');
        }
        write_json(text, &body);
    }
}

/// Writes a value as JSON. Writing into memory fails only if a value cannot be JSON; these can.
fn write_json(text: &mut Vec<u8>, value: &impl Serialize) {
    if let Err(error) = serde_json::to_writer(text, value) {
        tracing::error!(%error, "cannot serialize a record of an export");
    }
}
