//! Refusals because of load or a failure of the server.

use std::{borrow::Cow, error::Error, sync::LazyLock};

use axum::http::StatusCode;
use guestlist::{QueueFull, RetryAfter, causes};

use super::super::Problem;
use crate::LogLimit;

/// Limits the log lines: while the database is unavailable, every request logs the same error.
static UNAVAILABLE: LazyLock<LogLimit<()>> = LazyLock::new(|| {
    LogLimit::new(100, |(), suppressed| {
        tracing::error!("unavailable: {suppressed}");
    })
});

impl Problem {
    /// 429: too many requests from this client (RFC 6585, section 4). The caller of this function
    /// adds `Retry-After`.
    pub(super) fn too_many_requests() -> Self {
        let detail = "too many requests; wait a little";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
    }

    /// 429: as many tasks of this kind are running as may run at the same time (RFC 6585, section
    /// 4). `retry_after` says in how many seconds the client should try again.
    pub fn too_many_at_once(
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
        retry_after: u32,
    ) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail)
        }
    }

    /// 429: too many tries of a password or code. Says when to try again.
    pub(in crate::problem) fn too_many_tries(when: RetryAfter) -> Self {
        let detail = format!("too many tries; try again in {when}");
        Self::too_many_at_once("too_many_tries", detail, when.seconds()).because_of(when.limit())
    }

    /// 429: too many sign-ups from the client's network.
    pub(in crate::problem) fn too_many_sign_ups(when: RetryAfter) -> Self {
        Self {
            detail: format!("too many sign-ups from your network; try again in {when}").into(),
            ..Self::too_many_tries(when)
        }
    }

    /// 500: an error that should never happen.
    pub fn internal() -> Self {
        let detail =
            "something went wrong on the server; its log has the details under the request id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// 503: the server has too much work.
    pub fn busy() -> Self {
        Self {
            retry_after: Some(2),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "the server is busy; try again shortly",
            )
        }
    }

    /// 503: too many other requests wait for the database. This is not logged as a failure; the
    /// answer carries the name of the limit ([`limit_of`](Self::limit_of)).
    fn queue_full(full: QueueFull) -> Self {
        Self {
            limit: Some(full.limit()),
            detail: match full {
                QueueFull::Lookups => "too many requests wait for the database; try again shortly",
                QueueFull::Lists => {
                    "too many lists and searches wait for the database; try again shortly"
                }
            }
            .into(),
            ..Self::busy()
        }
    }

    /// 503: the store could not be asked. The cause is logged only here; above 100 lines in ten
    /// seconds, further ones are only counted.
    pub fn unavailable(cause: &(dyn Error + 'static)) -> Self {
        if let Some(full) = QueueFull::in_causes_of(cause) {
            return Self::queue_full(full);
        }
        if UNAVAILABLE.admits(()) {
            tracing::error!(error = causes(cause), "unavailable");
        }
        Self {
            retry_after: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "the server cannot answer this now; try again shortly",
            )
        }
    }
}
