//! The outbox: what was sent, or would have been.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use guestlist::{DeliveryState, Message, MessageFilter, MessageId, Timestamp};
use guestlist_axum::{Admin, CurrentUser, OwnForm, Problem, parse_query};

use crate::{
    admin::SHOWN,
    app::{App, SeenApp},
    messages::{can_retry, kind_in_words, state_in_words},
    pages::{
        assets,
        flash::FlashMessage,
        page::Page,
        visit::{FormVisit, Layout},
        when_text,
    },
    paging::{cut, to_fetch},
};

const MESSAGES: &str = "/admin/messages";

#[derive(Template)]
#[template(path = "admin/messages.html")]
pub(super) struct Messages {
    layout: Layout,
    filters: Vec<FilterLink>,
    is_narrow: bool,
    /// Whether the settings name a mail server or a folder.
    sends_mail: bool,
    has_held: bool,
    messages: Vec<Row>,
    next: Option<String>,
}

/// A link to the mails of one state.
struct FilterLink {
    words: &'static str,
    address: String,
    is_on: bool,
}

/// One mail in the list.
struct Row {
    id: String,
    title: &'static str,
    to: String,
    state: &'static str,
    can_retry: bool,
    attempts: u32,
    error: Option<String>,
    ago: String,
    created_at: String,
}

impl Row {
    fn new(message: &Message, now: Timestamp) -> Self {
        let delivery = &message.delivery;
        Self {
            id: message.id.to_string(),
            title: kind_in_words(message.kind),
            to: message.to.to_string(),
            state: state_in_words(delivery.state),
            can_retry: can_retry(message),
            attempts: delivery.attempt,
            error: delivery.error.clone(),
            ago: when_text::ago(message.created_at, now),
            created_at: message.created_at.to_string(),
        }
    }
}

fn address(state: Option<DeliveryState>, after: Option<MessageId>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(state) = state {
        query.append_pair("state", state.as_str());
    }
    if let Some(after) = after {
        query.append_pair("after", &after.to_string());
    }
    match query.finish() {
        query if query.is_empty() => MESSAGES.to_owned(),
        query => format!("{MESSAGES}?{query}"),
    }
}

/// `GET /admin/messages`: lists the mails, the newest first. Unknown parameters are ignored.
pub(super) async fn list_messages(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    FormVisit(layout): FormVisit,
    RawQuery(query): RawQuery,
) -> Result<Page<Messages>, Problem> {
    let (mut state, mut after) = (None::<DeliveryState>, None::<MessageId>);
    for (name, value) in parse_query(query.as_deref().unwrap_or_default())? {
        match name.as_str() {
            "state" => state = value.parse().ok(),
            "after" => after = value.parse().ok(),
            _ => {}
        }
    }
    let of_state = |state| MessageFilter {
        state,
        ..MessageFilter::default()
    };
    let found = app
        .guestlist
        .list_messages(of_state(state), after, to_fetch(SHOWN));
    let mut found = found.await?;
    let held = of_state(Some(DeliveryState::Held));
    let has_held = !app.guestlist.list_messages(held, None, 1).await?.is_empty();
    let next = cut(&mut found, SHOWN).map(|last| address(state, Some(last.id)));
    let now = app.clock.now();
    let filter = |other: Option<DeliveryState>| FilterLink {
        words: other.map_or("All", state_in_words),
        address: address(other, None),
        is_on: other == state,
    };
    let each = DeliveryState::ALL.map(Some);
    Ok(Page::private(Messages {
        layout,
        filters: [None].into_iter().chain(each).map(filter).collect(),
        is_narrow: state.is_some(),
        sends_mail: app.guestlist.account_rules().sends_mail,
        has_held,
        next,
        messages: found.iter().map(|message| Row::new(message, now)).collect(),
    }))
}

/// `POST /admin/messages/release`: queues all mails that are held since a restore.
pub(super) async fn release_messages(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    app.release_messages(admin.id()).await?;
    Ok(FlashMessage::MailsReleased.then(MESSAGES).into_response())
}
