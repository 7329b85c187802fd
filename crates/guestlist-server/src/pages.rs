//! Server-rendered HTML pages. They work without JavaScript. One page a file, named after its use
//! case, with a template of the same name. A handler parses, makes one call, and answers; business
//! rules are elsewhere.

mod again;
mod ask_for_link;
mod assets;
mod error_page;
mod error_response;
mod filled;
mod flash;
mod form_page;
mod inside;
mod note;
mod page;
mod resume;
mod typed;
mod visit;

mod draft;
mod home;
mod invitation;
mod invitations;
mod second_step;
mod second_step_page;
mod security_entry;
mod setup;
mod sign_in;
mod sign_out;
mod sign_up;
mod sign_up_cookie;

mod account;
mod admin;
mod change_email_link;
mod link_page;
mod not_me;
mod reset_password;
mod verify_email;
mod way;

mod change_event;
mod create_event;
mod delete_event;
mod labels;
mod list_events;
mod show_event;

mod calendar;
mod event_form;
mod row;
mod when_text;

pub(crate) use again::Kept;
pub(crate) use error_page::nothing_here;
pub(crate) use error_response::{PageRequest, Site};

use axum::{
    Router,
    response::Redirect,
    routing::{get, post},
};

use crate::app::App;

/// Returns the routes of all pages and their assets.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::home))
        .route("/sign-up", get(sign_up::form).post(sign_up::sign_up))
        .route(
            "/admin/invitations",
            get(invitations::list_invitations).post(invitations::make_invitation),
        )
        .route(
            "/admin/invitations/revoke",
            post(invitations::revoke_invitation),
        )
        .route("/invitation/{token}", get(invitation::show))
        .route("/setup/{token}", get(setup::ask).post(setup::make))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route(
            second_step_page::PATH,
            get(second_step::form).post(second_step::finish),
        )
        .route("/sign-out", post(sign_out::sign_out))
        .route("/draft", get(draft::form).post(draft::show))
        .route(
            reset_password::ASK,
            get(reset_password::ask).post(reset_password::request),
        )
        .route(
            "/reset-password/{token}",
            get(reset_password::form).post(reset_password::reset),
        )
        .route(
            verify_email::ASK,
            get(verify_email::ask).post(verify_email::request),
        )
        .route(
            "/verify-email/{token}",
            get(verify_email::form).post(verify_email::verify),
        )
        .route(
            "/change-email/{token}",
            get(change_email_link::form).post(change_email_link::confirm),
        )
        .route(
            "/undo-email/{token}",
            get(change_email_link::ask_undo).post(change_email_link::undo),
        )
        .route("/not-me/{token}", get(not_me::ask).post(not_me::report))
        .merge(account::routes())
        .merge(admin::routes())
        .route(
            "/.well-known/change-password",
            get(async || Redirect::to("/account/password")),
        )
        .route("/events", get(list_events::list_events))
        .route(
            "/events/new",
            get(create_event::form).post(create_event::create_event),
        )
        .route("/events/{id}", get(show_event::show_event))
        .route(
            "/events/{id}/edit",
            get(change_event::form).post(change_event::change_event),
        )
        .route(
            "/events/{id}/delete",
            get(delete_event::ask).post(delete_event::delete_event),
        )
        .route("/assets/{name}", get(assets::asset))
        .route("/favicon.ico", get(assets::favicon))
}
