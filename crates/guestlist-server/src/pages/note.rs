//! The words of a refusal for people: what happened, and what to do.

use axum::{
    http::{StatusCode, header::RETRY_AFTER},
    response::Response,
};
use guestlist_axum::{MAX_BODY, Problem};

use super::{typed::Cut, when_text::sentence};

/// Why a request was refused, or why a form is shown again.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    pub(super) heading: &'static str,
    pub(super) words: String,
    pub(super) retry_after: Option<u32>,
    /// The id of the request in the log.
    pub(super) request_id: Option<String>,
    /// Whether this is a hint instead of an error.
    pub(super) is_good: bool,
}

impl Note {
    /// Puts the refusal of a request for that path into words.
    pub(super) fn of(problem: &Problem, path: &str, response: &Response, request_id: &str) -> Self {
        let retry_after = response.headers().get(RETRY_AFTER);
        let shows_id = problem.status().is_server_error() && !request_id.is_empty();
        Self {
            heading: heading(problem),
            words: reason(problem, path),
            retry_after: retry_after.and_then(|value| value.to_str().ok()?.parse().ok()),
            request_id: shows_id.then(|| request_id.to_owned()),
            is_good: false,
        }
    }

    /// What the sign-in says about a form that was sent without a session, and that comes back
    /// after it. `cut` says what is missing of the form.
    pub(super) fn before_sign_in(path: &str, cut: Option<&Cut>) -> Self {
        let words = match cut {
            None => {
                "Your session has ended. Nothing you typed is lost: sign in within an hour, and the form is here \
                 again as you sent it."
            }
            Some(_) => {
                "Your session has ended, and the end of the form did not arrive. Sign in within an hour, and the \
                 beginning of the form is here again."
            }
        };
        let missing = cut.map(Cut::words).unwrap_or_default();
        let words = format!("{words}{missing}{}", sent_twice(path));
        Self::ours("Sign in to go on", &words, true)
    }

    /// What the sign-in says about a form that was sent without a session and has nothing to bring
    /// back, if sending it twice ends the session.
    pub(super) fn after_sending_twice(path: &str) -> Option<Self> {
        let twice = sent_twice(path);
        let words = format!("Your session has ended.{twice}");
        (!twice.is_empty()).then(|| Self::ours("Sign in to go on", &words, true))
    }

    pub(super) fn account_deleted() -> Self {
        let words = "Your account is deleted, and everything in it. This form was sent twice.";
        Self::ours("You have no account any more", words, true)
    }

    /// Says that only the beginning of the form is shown.
    pub(super) fn add_missing_end(&mut self, cut: &Cut) {
        self.words
            .push_str(" Only the beginning of the form is shown below.");
        self.words.push_str(&cut.words());
    }

    /// What the page that asks for the password says about a form that comes back after it.
    pub(super) fn before_reauthentication(cut: Option<&Cut>) -> Self {
        let words = match cut {
            None => {
                "Nothing you typed is lost: enter your password, and the form is shown again with what you typed."
            }
            Some(_) => {
                "The end of the form did not arrive. Enter your password, and the beginning of the form is shown again."
            }
        };
        let missing = cut.map(Cut::words).unwrap_or_default();
        let words = format!("{words}{missing}");
        Self::ours("Enter your password", &words, true)
    }

    /// What the page says above a form that was typed before a sign-in.
    pub(super) fn resumed(cut: Option<&Cut>) -> Self {
        let words = "This is what you typed before you signed in. Check it, and send it if it is not saved yet.";
        let Some(cut) = cut else {
            return Self::ours("Continue here", words, true);
        };
        let words = "This is what arrived of the form that you sent before you signed in.";
        let mut note = Self::ours("The end of the form is missing", words, true);
        note.add_missing_end(cut);
        note
    }

    fn ours(heading: &'static str, words: &str, is_good: bool) -> Self {
        Self {
            heading,
            words: words.to_owned(),
            is_good,
            ..Self::default()
        }
    }
}

/// What is true if the form to that address was sent twice: the first time ended the session that
/// the second time came with.
pub(super) fn sent_twice(path: &str) -> &'static str {
    match path {
        "/account/password" => {
            " If you sent the form twice, the first time may have counted: then your new password is in force."
        }
        "/account/email" => {
            " If you sent the form twice, the first time may have counted: then you sign in with the new address."
        }
        "/account/sessions/end-others" => {
            " If you sent the form twice, the first time may have counted: then the other sessions have ended."
        }
        "/account/delete" => {
            " If you sent the form twice, the first time may have counted: then your account is deleted."
        }
        _ => "",
    }
}

fn heading(problem: &Problem) -> &'static str {
    match problem.status() {
        _ if problem.code() == "csrf_token" => "This form is out of date",
        _ if problem.code() == "too_many_exports" => "One export at a time",
        StatusCode::FORBIDDEN => "You do not have permission",
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::MISDIRECTED_REQUEST => "This site has another address",
        StatusCode::METHOD_NOT_ALLOWED => "This page cannot do that",
        StatusCode::REQUEST_TIMEOUT => "The form did not arrive in time",
        StatusCode::PAYLOAD_TOO_LARGE => "The form is too large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "The form has the wrong encoding",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::SERVICE_UNAVAILABLE => "The site is busy",
        status if status.is_server_error() => "Something went wrong",
        _ => "The request is invalid",
    }
}

/// Says what happened and what to do, in a sentence.
fn reason(problem: &Problem, path: &str) -> String {
    let reason = match problem.status() {
        _ if problem.code() == "csrf_token" => {
            "You may have sent it before, or signed in or out, or changed your password, in another window. This time \
             nothing was changed."
        }
        StatusCode::NOT_FOUND if path.starts_with("/events/") => {
            "The event may have been deleted, or the address is incomplete."
        }
        StatusCode::NOT_FOUND => "Check the address, or start from the first page.",
        StatusCode::PAYLOAD_TOO_LARGE => {
            return format!(
                "A form may hold {} KiB of text. Nothing was changed.",
                MAX_BODY / 1024
            );
        }
        StatusCode::REQUEST_TIMEOUT => {
            "The connection was too slow, or it was interrupted. Nothing was changed."
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "A form must be sent URL-encoded, and in UTF-8. An extension of your browser may have changed that. \
             Nothing was changed."
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "The site cannot answer at the moment. You did nothing wrong. Try again in a moment."
        }
        status if status.is_server_error() => "It is not your fault. The error is in the log.",
        _ => return sentence(problem.detail()),
    };
    reason.to_owned()
}
