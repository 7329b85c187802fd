//! The events of all users, with a search.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use guestlist_axum::{Admin, CurrentUser, Problem, parse_query};
use planner::{EventFilter, EventId, ListAllEventsError, ShownEvent, Visibility};

use crate::{
    admin::SHOWN,
    app::App,
    pages::{
        assets,
        page::Page,
        visit::{Layout, Visit},
        when_text,
    },
    serve::Room,
};

#[derive(Template)]
#[template(path = "admin/events.html")]
struct Events {
    layout: Layout,
    q: String,
    /// What is wrong with the search.
    wrong: Option<String>,
    events: Vec<Row>,
    next: Option<String>,
}

/// One event in the list.
struct Row {
    id: String,
    title: String,
    creator: String,
    creator_email: String,
    made: String,
    made_at: String,
    is_unlisted: bool,
    is_hidden: bool,
}

impl Row {
    fn new(shown: ShownEvent) -> Self {
        let ShownEvent { event, creator } = shown;
        Self {
            id: event.id.to_string(),
            title: event.fields.title,
            creator: event.creator.to_string(),
            creator_email: creator.email.to_string(),
            made: when_text::date(event.created_at),
            made_at: event.created_at.to_string(),
            is_unlisted: event.fields.visibility == Visibility::Unlisted,
            is_hidden: creator.is_disabled,
        }
    }
}

/// `GET /admin/events`: lists all events, the newest first.
pub(super) async fn list_events(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    visit: Visit,
    RawQuery(query): RawQuery,
    room: Room,
) -> Result<Response, Problem> {
    let (mut q, mut after) = (String::new(), None::<EventId>);
    for (name, value) in parse_query(query.as_deref().unwrap_or_default())? {
        match name.as_str() {
            "q" => value.trim().clone_into(&mut q),
            "after" => after = value.parse().ok(),
            _ => {}
        }
    }
    let page = match app.planner.list_all_events(&q, after, SHOWN).await {
        Ok(page) => page,
        Err(ListAllEventsError::Filter(_)) => {
            let most = EventFilter::MOST_Q;
            let page = Events {
                layout: visit.into_layout(),
                q,
                wrong: Some(format!("Search for at most {most} characters.")),
                events: Vec::new(),
                next: None,
            };
            return Ok(Page::refused(Problem::BAD_REQUEST_STATUS, page).into_response());
        }
        Err(ListAllEventsError::Store(error)) => return Err(error.into()),
    };
    let next = page.next.map(|next| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !q.is_empty() {
            query.append_pair("q", &q);
        }
        let query = query.append_pair("after", &next.to_string()).finish();
        format!("/admin/events?{query}")
    });
    let page = Events {
        layout: visit.into_layout(),
        q,
        wrong: None,
        events: page.items.into_iter().map(Row::new).collect(),
        next,
    };
    Ok((room, Page::private(page)).into_response())
}
