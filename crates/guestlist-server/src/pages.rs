//! Pages for people: server-rendered, whole without a script. One page a file, named as its use case,
//! with a template of the same name. They parse, make one call, and answer; no rule is here.

mod assets;
mod page;
mod refusal;
mod visit;

mod home;

mod calendar;
mod list_events;
mod row;
mod said;
mod show_event;

pub(crate) use refusal::{in_a_page, wants_a_page};

use axum::{Router, routing::get};

use crate::app::App;

/// Every page, and what pages load.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::home))
        .route("/events", get(list_events::list_events))
        .route("/events/{id}", get(show_event::show_event))
        .route("/assets/{name}", get(assets::asset))
}
