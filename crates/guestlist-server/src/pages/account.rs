//! The pages of an account. A visitor who is not signed in is sent to the sign-in page.

mod delete;
mod email;
mod export;
mod overview;
mod password;
mod profile;
mod reauthenticate;
mod second_factor;
mod security;
mod sessions;
mod tokens;
mod verify;

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
        .route("/account/email/cancel", post(email::cancel))
        .route("/account/verify", post(verify::verify))
        .route("/account/verify/send", post(verify::send))
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
        .route("/account/second-factor", get(second_factor::overview))
        .route("/account/second-factor/start", post(second_factor::start))
        .route("/account/second-factor/set-up", get(second_factor::set_up))
        .route(
            "/account/second-factor/confirm",
            post(second_factor::confirm),
        )
        .route(
            "/account/second-factor/recovery-codes",
            post(second_factor::regenerate),
        )
        .route("/account/second-factor/remove", post(second_factor::remove))
        .route("/account/data.json", get(export::data))
        .route("/account/events.ics", get(export::calendar))
        .route(
            "/account/delete",
            get(delete::ask).post(delete::delete_account),
        )
}
