//! The pages of administrators. A visitor who is not signed in is sent to the sign-in page; another
//! user gets 403.

mod event;
mod events;
mod health;
mod message;
mod messages;
mod moment;
mod overview;
mod security_log;
mod user;
mod users;

use axum::{
    Router,
    routing::{get, post},
};

use crate::app::App;

/// Returns the routes under `/admin`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", get(overview::overview))
        .route("/admin/events", get(events::list_events))
        .route(
            "/admin/events/{id}",
            get(event::show_event).post(event::moderate_event),
        )
        .route("/admin/health", get(health::health))
        .route("/admin/messages", get(messages::list_messages))
        .route("/admin/messages/release", post(messages::release_messages))
        .route(
            "/admin/messages/{id}",
            get(message::show_message).post(message::retry_message),
        )
        .route("/admin/users/{id}/log", get(security_log::show_log))
        .route("/admin/users", get(users::list_users))
        .route(
            "/admin/users/{id}",
            get(user::show_user).post(user::change_user),
        )
}
