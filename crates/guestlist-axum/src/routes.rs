//! The table of the library's addresses. Each endpoint is a file named after its use case.

mod sign_up;
mod user;

mod change_email;
mod change_name;
mod change_password;
mod end_other_sessions;
mod end_session;
mod finish_sign_in;
mod list_security_events;
mod list_sessions;
mod reauthenticate;
mod reset_password;
mod sign_in;
mod sign_out;
mod verify_email;

mod csrf_token;

mod introspect;
mod jwks;
mod revoke;
mod token;

mod list_invitations;
mod make_invitation;
mod revoke_invitation;

mod list_tokens;
mod make_token;
mod me;
mod not_me;
mod recovery_codes;
mod retire_token;
mod set_up_totp;

mod invitation;
mod opened;
mod personal_token;
mod security_event;
mod session;
mod token_form;

pub use invitation::InvitationBody;
pub use personal_token::PersonalTokenBody;
pub use security_event::SecurityEventBody;
pub use session::SessionBody;
pub use user::UserBody;

use axum::{Router, extract::FromRef, middleware::map_response, response::Response, routing::post};
use guestlist::Guestlist;
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter},
    routes,
};

use crate::oauth_form;

/// Returns the library's addresses: `/users`, `/sessions`, `/csrf`, `/token`, `/me`, `/admin`,
/// `/email/verification`, `/password/reset`, `/not-me` and `/.well-known/jwks.json`. They may be nested, but
/// clients look for the last one at the root.
pub fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Guestlist: FromRef<S>,
{
    documented_routes("").into()
}

/// Returns the same routes with a prefix, such as `/api/v1`, and their OpenAPI description. Only
/// the route `/.well-known/jwks.json` gets no prefix (RFC 8615, section 3), so do not nest this
/// router.
///
/// The description names the security schemes `bearer`, `cookie` and `service`. The application
/// must define these three. Error responses are described only if the application also calls
/// [`describe_refusals`](crate::describe_refusals).
pub fn documented_routes<S>(prefix: &str) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Guestlist: FromRef<S>,
{
    let token = OpenApiRouter::new()
        .routes(at(prefix, routes!(token::token)))
        .routes(at(prefix, routes!(revoke::revoke)))
        .routes(at(prefix, routes!(introspect::introspect)))
        .layer(map_response(async |response: Response| {
            oauth_form(response)
        }));
    OpenApiRouter::new()
        .routes(at(prefix, routes!(sign_up::sign_up)))
        .routes(at(prefix, routes!(user::user)))
        .routes(at(
            prefix,
            routes!(
                sign_in::sign_in,
                list_sessions::list_sessions,
                end_other_sessions::end_other_sessions
            ),
        ))
        .routes(at(prefix, routes!(finish_sign_in::finish_sign_in)))
        .routes(at(prefix, routes!(sign_out::sign_out)))
        .routes(at(prefix, routes!(reauthenticate::reauthenticate)))
        // The earlier address of reauthentication, which clients may still use.
        .route(
            &format!("{prefix}/sessions/current/proof"),
            post(reauthenticate::reauthenticate),
        )
        .routes(at(prefix, routes!(end_session::end_session)))
        .routes(at(prefix, routes!(csrf_token::csrf_token)))
        .routes(at(prefix, routes!(me::me, change_name::change_name)))
        .routes(at(prefix, routes!(change_password::change_password)))
        .routes(at(
            prefix,
            routes!(
                change_email::change_email,
                change_email::cancel_email_change
            ),
        ))
        .routes(at(prefix, routes!(change_email::confirm_email_change)))
        .routes(at(prefix, routes!(reset_password::request_password_reset)))
        .routes(at(prefix, routes!(reset_password::confirm_password_reset)))
        .routes(at(prefix, routes!(not_me::report_not_me)))
        .routes(at(
            prefix,
            routes!(verify_email::request_email_verification),
        ))
        .routes(at(
            prefix,
            routes!(verify_email::confirm_email_verification),
        ))
        .routes(at(
            prefix,
            routes!(make_token::make_token, list_tokens::list_tokens),
        ))
        .routes(at(prefix, routes!(retire_token::retire_token)))
        .routes(at(
            prefix,
            routes!(set_up_totp::start_totp, set_up_totp::remove_totp),
        ))
        .routes(at(prefix, routes!(set_up_totp::confirm_totp)))
        .routes(at(
            prefix,
            routes!(recovery_codes::regenerate_recovery_codes),
        ))
        .routes(at(
            prefix,
            routes!(
                make_invitation::make_invitation,
                list_invitations::list_invitations
            ),
        ))
        .routes(at(prefix, routes!(revoke_invitation::revoke_invitation)))
        .routes(at(
            prefix,
            routes!(list_security_events::list_security_events),
        ))
        .routes(routes!(jwks::jwks))
        .merge(token)
}

/// Adds the prefix here, because a nested router would parse the path again for every request.
fn at<S>(
    prefix: &str,
    (schemas, mut paths, router): UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    let prefixed = |(path, item)| (format!("{prefix}{path}"), item);
    paths.paths = paths.paths.into_iter().map(prefixed).collect();
    (schemas, paths, router)
}
