//! Log lines about answers: one for each error, up to a limit for each kind.

use std::{fmt, net::IpAddr};

use axum::{http::Method, response::Response};
use guestlist_axum::{LogLimit, Problem, Suppressed, shown_path};

use crate::config::LimitSettings;

/// Writes a line for each answer. Messages of use cases, such as a refused sign-in, do not count
/// towards the limit and are always written.
pub(crate) struct AnswerLog {
    path_bytes: usize,
    refusals: LogLimit<Kind>,
}

/// What is counted together. There are only as many kinds as error codes in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    status: u16,
    code: &'static str,
}

/// What is known about a request when it is answered.
pub(super) struct Answered<'a> {
    pub(super) id: &'a str,
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) client: Option<IpAddr>,
    /// The error's code, whatever format the error has by now; empty if it is not an error.
    pub(super) code: &'static str,
}

impl AnswerLog {
    pub(crate) fn new(limits: &LimitSettings) -> Self {
        let tell = |Kind { status, code }: Kind, suppressed: Suppressed| {
            tracing::info!(status, code, "refused: {suppressed}");
        };
        Self {
            path_bytes: usize::try_from(limits.log_path_bytes).unwrap_or(usize::MAX),
            refusals: LogLimit::new(limits.log_refusals, tell),
        }
    }

    pub(super) fn write(&self, answered: &Answered<'_>, response: &Response) {
        let Answered {
            id,
            method,
            path,
            client,
            code,
        } = *answered;
        let status = response.status().as_u16();
        let client = client.map(tracing::field::display);
        let path = || shown_path(path, self.path_bytes);
        if status < 400 {
            if tracing::enabled!(tracing::Level::DEBUG) {
                tracing::debug!(id, %method, path = &*path(), status, client, "answered");
            }
        } else if self.refusals.admits(Kind { status, code }) {
            tracing::info!(id, %method, path = &*path(), status, code, client, "refused");
        }
    }
}

/// Returns the code of the error in a response, or an empty string if the response is no error.
pub(super) fn code(response: &Response) -> &'static str {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return "";
    }
    Problem::code_of(response).unwrap_or_default()
}

impl fmt::Debug for AnswerLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerLog").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use guestlist_axum::oauth_form;

    use super::*;

    #[test]
    fn the_code_of_an_error_is_known_whatever_format_the_error_has() {
        let refused = || Problem::malformed_authorization().into_response();
        let expected = Problem::malformed_authorization().code();
        assert_eq!(code(&refused()), expected);
        assert_eq!(code(&oauth_form(refused())), expected);
        assert_eq!(code(&Response::default()), "");
    }
}
