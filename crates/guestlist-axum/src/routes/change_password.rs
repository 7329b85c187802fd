//! `PUT /me/password`.

use guestlist::Password;
use serde::Deserialize;
use utoipa::ToSchema;

use super::opened::{Opened, Replacement};
use crate::{CurrentSession, KnownDevice, Private, Problem, ProblemBody, SeenFrom, Unchecked};

/// The caller's current and new passwords.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePassword {
    /// The current password, exactly as it was chosen.
    #[schema(format = Password, example = "exemplary")]
    current_password: String,
    /// The new password, with the rules of sign-up: a refusal gives the reason, and in `advice` how
    /// to choose a better one.
    #[schema(format = Password, example = "more exemplary")]
    new_password: String,
}

/// `PUT /me/password`: changes the password. All sessions and personal access tokens end, and a new
/// session replaces the caller's.
#[utoipa::path(
    put, path = "/me/password", tag = "authentication", operation_id = "change_password",
    request_body = ChangePassword,
    responses(
        (status = 200, body = Opened, description = "The new session and its tokens"),
        (status = 204, description = "The new session's cookie is set, if the caller's session was held by a cookie"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`wrong_password`, or a personal access token was sent"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "`too_many_tries`: a limit is reached; `Retry-After` says when to try again",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn change_password(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    browser: KnownDevice,
    request: Unchecked<ChangePassword>,
) -> Result<Private<Replacement>, Problem> {
    let session = current.session();
    let (old, new) = request.check(|request, mistakes| {
        let old = Password::new(request.current_password);
        let new = Password::new(request.new_password);
        // The use case checks the new password. It is checked here only if the body has other
        // mistakes.
        if !mistakes.is_empty() {
            let judged = guestlist.policy().check(&new, Some(&current.user().email));
            mistakes.password("/new_password", judged);
        }
        Some((old, new))
    })?;
    let changed = guestlist.change_password(session.id, old, new).await?;
    Ok(Private(Replacement::new(&browser, session, changed)))
}
