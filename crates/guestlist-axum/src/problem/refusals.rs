//! Defines the status and code of each refusal, in one file for each area. `errors.rs` turns the
//! errors of the use cases into problems.

mod authorization;
mod availability;
mod errors;
mod requests;

use std::borrow::Cow;

use axum::http::StatusCode;

use super::Problem;

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            challenge: None,
            retry_after: None,
            limit: None,
            sign_up: None,
        }
    }

    pub(super) fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::REQUEST_TIMEOUT => Self::request_timeout(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported_media_type("another type"),
            StatusCode::TOO_MANY_REQUESTS => Self::too_many_requests(),
            StatusCode::SERVICE_UNAVAILABLE => Self::busy(),
            status if status.is_server_error() => Self::internal(),
            status if status.is_client_error() => {
                Self::new(status, "bad_request", "this request cannot be read")
            }
            _ => return None,
        })
    }
}
