//! Refusals because of what was sent: its form, its address, its values or a conflict.

use std::borrow::Cow;

use axum::http::StatusCode;

use super::super::{FieldError, Problem};

impl Problem {
    /// The status of [`invalid`](Self::invalid), for a page that shows a form again with its
    /// mistakes (RFC 9110, section 15.5.21).
    pub const INVALID_STATUS: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

    /// The status of [`stale`](Self::stale), for a page that shows a form again with what was
    /// changed in the meantime (RFC 9110, section 15.5.13).
    pub const STALE_STATUS: StatusCode = StatusCode::PRECONDITION_FAILED;

    /// The status of [`bad_request`](Self::bad_request), for a page that shows a search again with its
    /// mistakes (RFC 9110, section 15.5.1).
    pub const BAD_REQUEST_STATUS: StatusCode = StatusCode::BAD_REQUEST;

    /// 400: the request cannot be read.
    pub fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Self::BAD_REQUEST_STATUS, code, detail)
    }

    /// 404: there is nothing at this address, or nothing that the caller may see.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing at this address",
        )
    }

    /// 405: the address does not support the method; `Allow` lists those that it supports.
    pub fn method_not_allowed() -> Self {
        let detail = "this address does not support this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// 408: the request's body did not arrive in time.
    pub(crate) fn request_timeout() -> Self {
        let detail = "the body of the request did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", detail)
    }

    /// 409: the request conflicts with what is stored.
    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 412: the record has changed since the client read it.
    pub fn stale() -> Self {
        let detail = "this was changed in the meantime; read it again and repeat the change";
        Self::new(Self::STALE_STATUS, "stale", detail)
    }

    /// 413: the body is larger than this address accepts.
    pub fn too_large() -> Self {
        let detail = "the body of the request is too large";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// 415: the body has a media type that this address does not accept.
    pub fn unsupported_media_type(expected: &'static str) -> Self {
        let detail = format!("send the body as {expected}");
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            detail,
        )
    }

    /// 422: some values in the request are invalid.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.detail.clone(),
            _ => "some members of the request are invalid; see `errors`".to_owned(),
        };
        Self {
            errors,
            ..Self::new(Self::INVALID_STATUS, "invalid", detail)
        }
    }

    /// 422: the request's key was already used for a different request.
    pub fn key_used(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_used", detail)
    }

    /// 400: the request names no host, more than one, or an invalid one (RFC 9112, section 3.2).
    pub(crate) fn invalid_host() -> Self {
        let detail = "send one Host header: a name or an IP address, and a port if it is not the default one";
        Self::bad_request("invalid_host", detail)
    }

    /// 421: the request is for another host (RFC 9110, section 15.5.20).
    pub(crate) fn misdirected_request(detail: &'static str) -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "misdirected_request",
            detail,
        )
    }

    /// 428: the change needs an `If-Match` (RFC 6585, section 3).
    pub fn precondition_required() -> Self {
        let detail = "send If-Match with the ETag of the version that you have seen";
        Self::new(
            StatusCode::PRECONDITION_REQUIRED,
            "precondition_required",
            detail,
        )
    }

    /// 431: more cookies than a browser keeps for one host (RFC 6585, section 5).
    pub(crate) fn too_many_cookies() -> Self {
        let detail = "there are too many cookies in this request; delete those of this site";
        Self::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "too_many_cookies",
            detail,
        )
    }
}
