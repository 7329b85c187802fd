//! The endpoints under `/api/v1/admin`, for administrators.

mod change_user;
mod delete_event;
mod list_events;
mod list_messages;
mod list_security_events;
mod list_users;
mod make_reset_link;
mod message;
mod next_page;
mod release_messages;
mod remove_second_factor;
mod retry_message;
mod show_message;
mod show_user;
mod unlist_event;
mod unlock_user;
mod user;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// Returns the routes under `/api/v1/admin`.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_users::list_users))
        .routes(routes!(show_user::show_user, change_user::change_user))
        .routes(routes!(make_reset_link::make_reset_link))
        .routes(routes!(unlock_user::unlock_user))
        .routes(routes!(remove_second_factor::remove_second_factor))
        .routes(routes!(list_security_events::list_security_events))
        .routes(routes!(list_messages::list_messages))
        .routes(routes!(show_message::show_message))
        .routes(routes!(retry_message::retry_message))
        .routes(routes!(release_messages::release_messages))
        .routes(routes!(list_events::list_events))
        .routes(routes!(delete_event::delete_event))
        .routes(routes!(unlist_event::unlist_event))
}
