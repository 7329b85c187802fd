//! The lines about answers in the log: one for each refusal, as long as there are few of a kind.

use std::{fmt, net::IpAddr};

use axum::{http::Method, response::Response};
use guestlist_axum::{LogLimit, Problem, Suppressed, shown_path};

use crate::config::LimitSettings;

/// Writes them. What the use cases log, such as a refused sign-in, is not counted here and is always written.
pub(crate) struct AnswerLog {
    path_bytes: usize,
    refusals: LogLimit<Kind>,
}

/// What refusals have in common that are counted together: as many as the program knows codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    status: u16,
    code: &'static str,
}

/// What is known of a request when it is answered.
pub(super) struct Answered<'a> {
    pub(super) id: &'a str,
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) client: Option<IpAddr>,
    /// The code of the refusal, before it was put into another form.
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

/// The code of a refusal; empty for an answer that is none.
pub(super) fn code(response: &Response) -> &'static str {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return "";
    }
    Problem::of(response).map_or("", |problem| problem.code())
}

impl fmt::Debug for AnswerLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerLog").finish_non_exhaustive()
    }
}
