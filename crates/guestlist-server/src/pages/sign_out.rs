//! Signing out.

use axum::response::{IntoResponse, Response};
use guestlist_axum::{CurrentSession, OwnForm, Problem, SeenFrom, SessionCookie};

use super::{flash::FlashMessage, page::FORGOTTEN};

/// `POST /sign-out`: ends this session. Without a session it succeeds as well.
pub(super) async fn sign_out(
    SeenFrom(guestlist): SeenFrom,
    current: Result<CurrentSession, Problem>,
    form: Result<OwnForm, Problem>,
) -> Result<Response, Problem> {
    let out = FlashMessage::SignedOut.then("/");
    let current = match current {
        Ok(current) => current,
        Err(problem) if problem.status().is_server_error() => return Err(problem),
        // The form token ended with the session, so only requests from other sites are still
        // refused. The browser may still have the cookie and cached pages, so both are removed.
        Err(_) => {
            return match form {
                Err(problem) if problem.code() == "foreign_page" => Err(problem),
                _ => Ok((SessionCookie::cleared(), FORGOTTEN, out).into_response()),
            };
        }
    };
    form?;
    guestlist.sign_out(current.session().id).await?;
    Ok((SessionCookie::cleared(), FORGOTTEN, out).into_response())
}
