//! The pages of an account. A visitor who is not signed in is sent to the sign-in page.

mod delete;
mod email;
mod export;
mod overview;
mod password;
mod profile;
mod reauthenticate;
mod security;
mod sessions;
mod tokens;

use axum::{
    Router,
    routing::{get, post},
};

use crate::app::App;

/// Returns the routes under `/account`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/account", get(overview::overview))
        .route(
            "/account/profile",
            get(profile::form).post(profile::change_name),
        )
        .route("/account/email", get(email::form).post(email::change_email))
        .route(
            "/account/password",
            get(password::form).post(password::change_password),
        )
        .route(
            "/account/proof",
            get(reauthenticate::form).post(reauthenticate::reauthenticate),
        )
        .route("/account/security", get(security::list_security_events))
        .route("/account/sessions", get(sessions::list_sessions))
        .route("/account/sessions/end", post(sessions::end_session))
        .route(
            "/account/sessions/end-others",
            post(sessions::end_other_sessions),
        )
        .route(
            "/account/tokens",
            get(tokens::list_tokens).post(tokens::make_token),
        )
        .route("/account/tokens/retire", post(tokens::retire_token))
        .route("/account/data.json", get(export::data))
        .route("/account/events.ics", get(export::calendar))
        .route(
            "/account/delete",
            get(delete::ask).post(delete::delete_account),
        )
}
