//! The page of one event.

use askama::Template;
use axum::{
    extract::State,
    http::Method,
    response::{IntoResponse, Response},
};
use guestlist::with_commas;
use guestlist_axum::Problem;
use planner::{EventFields, Visibility};

use super::{
    assets, calendar,
    page::Page,
    visit::{Layout, Visit},
    when_text::WhenText,
};
use crate::{app::App, event_in_path::find, id_in_path::IdInPath};

#[derive(Template)]
#[template(path = "show_event.html")]
struct ShowEvent {
    layout: Layout,
    id: String,
    /// The full address, with the host, for copying.
    address: String,
    event: EventFields,
    /// The number of people, with separators.
    capacity: Option<String>,
    when_text: WhenText,
    /// The name of the creator.
    host: String,
    is_mine: bool,
    /// Whether the visitor created the event and has no name that others could see.
    needs_name: bool,
    is_unlisted: bool,
    /// Whether the event can be in a calendar file.
    has_date: bool,
}

/// `GET /events/{id}`: shows one event. An unlisted event is shown to every visitor who knows its
/// address. With `.ics` after the id, returns a calendar file if the event has a date.
pub(super) async fn show_event(
    State(app): State<App>,
    method: Method,
    visit: Visit,
    IdInPath(id): IdInPath,
) -> Result<Response, Problem> {
    if let Some(id) = id.strip_suffix(".ics") {
        let shown = find(&app.planner, id).await?;
        let file = calendar::file(&shown.event, &app.base_url, &method);
        return file.ok_or_else(Problem::not_found);
    }
    let shown = find(&app.planner, &id).await?;
    let host = shown.creator.shown_name().to_owned();
    let has_name = shown.creator.name.is_some();
    let event = shown.event;
    let user = visit.user();
    let is_mine = user.is_some_and(|user| event.may_be_changed_by(user.id()));
    let is_known = user.is_some();
    let mut fields = event.fields;
    fields.image = fields.web_image().map(str::to_owned);
    let page = ShowEvent {
        address: format!("{}/events/{}", app.base_url, event.id),
        id: event.id.to_string(),
        when_text: WhenText::new(&fields.when, app.clock.now()),
        host,
        needs_name: is_mine && !has_name,
        is_mine,
        has_date: calendar::has_date(&fields.when),
        capacity: fields.capacity.map(|most| with_commas(most.into())),
        is_unlisted: fields.visibility == Visibility::Unlisted,
        event: fields,
        layout: visit.into_layout(),
    };
    Ok(Page::of(is_known, page).into_response())
}
