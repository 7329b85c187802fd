//! Defines the status and code of each refusal, and turns the errors of the use cases into
//! problems.

use std::{borrow::Cow, error::Error, fmt::Write, sync::LazyLock};

use axum::http::StatusCode;
use guestlist::{
    Advice, EmailError, HashError, IdentifyError, NewPasswordError, PasswordError, QueueFull,
    Scope, SignInError, SignOutError, SignUpError, StoreError,
};

use super::{FieldError, Problem};
use crate::{BodyError, FormError, JsonError, LogLimit};

const BEARER: &str = "Bearer";
const BASIC: &str = "Basic realm=\"guestlist\"";
/// Limits the log lines: while the database is unavailable, every request logs the same error.
static UNAVAILABLE: LazyLock<LogLimit<()>> = LazyLock::new(|| {
    LogLimit::new(100, |(), suppressed| {
        tracing::error!("unavailable: {suppressed}");
    })
});

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            challenge: None,
            retry_after: None,
            limit: None,
        }
    }

    /// 400: the request cannot be read.
    pub fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 400: the `Authorization` header is not one scheme and one token (RFC 6750, section 3.1).
    pub fn malformed_authorization() -> Self {
        Self {
            challenge: Some("Bearer error=\"invalid_request\""),
            ..Self::bad_request(
                "invalid_request",
                "send one Authorization header of the form: Bearer TOKEN",
            )
        }
    }

    /// 400: the `Authorization` header begins with `Basic` and does not encode a user name and a password
    /// (RFC 7617, section 2).
    pub(crate) fn malformed_basic() -> Self {
        Self {
            challenge: Some(BASIC),
            ..Self::bad_request(
                "invalid_request",
                "send one Authorization header of the form: Basic BASE64, where BASE64 encodes NAME:TOKEN in UTF-8; \
                 TOKEN is the token of the service",
            )
        }
    }

    /// 400: a bearer token was sent to an address for browsers, and no browser sends one.
    pub(crate) fn for_browsers() -> Self {
        let detail = "this is for browsers: send no Authorization header; a program uses the API, and needs no CSRF token";
        Self::bad_request("for_browsers", detail)
    }

    /// 401: the request has no credentials. The challenge has no error code (RFC 6750, section
    /// 3.1).
    pub fn not_authenticated() -> Self {
        Self {
            challenge: Some(BEARER),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "not_authenticated",
                "sign in first",
            )
        }
    }

    /// 401: the token is expired, ended, forged or malformed; the text is the same for all.
    pub fn invalid_token() -> Self {
        Self {
            challenge: Some("Bearer error=\"invalid_token\""),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "the access token is invalid; sign in again",
            )
        }
    }

    /// 403: the token is valid, and its scope is too small (RFC 6750, section 3.1). The challenge
    /// names the scope that is needed.
    pub fn insufficient_scope(needed: Scope) -> Self {
        let (challenge, detail) = match needed {
            Scope::Account => (
                "Bearer error=\"insufficient_scope\", scope=\"account\"",
                "a personal access token may not do this; sign in",
            ),
            Scope::Write => (
                "Bearer error=\"insufficient_scope\", scope=\"write\"",
                "this token is read-only; create one with write scope",
            ),
            Scope::Read => (
                "Bearer error=\"insufficient_scope\", scope=\"read\"",
                "this token has no read scope",
            ),
            Scope::Introspect => (
                "Bearer error=\"insufficient_scope\", scope=\"introspect\"",
                "only a service may do this",
            ),
        };
        Self {
            challenge: Some(challenge),
            ..Self::forbidden("insufficient_scope", detail)
        }
    }

    /// 403: the user must reauthenticate first.
    pub fn reauthentication_required() -> Self {
        let detail = "enter your password again, then repeat this request: POST {\"password\": …} to \
            sessions/current/reauthenticate";
        Self::forbidden("proof_required", detail)
    }

    /// 401: the e-mail address or the password is wrong.
    pub fn wrong_credentials() -> Self {
        Self {
            challenge: Some(BEARER),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_credentials",
                "wrong e-mail or password",
            )
        }
    }

    /// 401: a token request has client credentials, and this server has no clients (RFC 6749,
    /// section 5.2).
    pub fn invalid_client() -> Self {
        Self {
            challenge: Some(BASIC),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "this server has no OAuth clients; send no client credentials",
            )
        }
    }

    /// Replaces the challenge, if there is one, by that of HTTP Basic, for a client that used Basic
    /// (RFC 6749, section 5.2).
    pub(crate) fn challenging_basic(self) -> Self {
        Self {
            challenge: self.challenge.and(Some(BASIC)),
            ..self
        }
    }

    /// 403: the caller is known, and may not do this.
    pub fn forbidden(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// 403: the browser says that the request comes from another site's page.
    pub(crate) fn foreign_page() -> Self {
        let detail = "this request came from a page of another site; open the page on this site and try again";
        Self::forbidden("foreign_page", detail)
    }

    /// 403: nothing shows that the request comes from one of our own pages in this session.
    pub(crate) fn csrf_token() -> Self {
        let detail = "this form is out of date: load the page again and repeat it. A program sends the CSRF token of \
            the session in X-CSRF-Token, or an Authorization header instead of the cookie";
        Self::forbidden("csrf_token", detail)
    }

    /// 403: no browser would keep a session cookie.
    pub(crate) fn needs_https() -> Self {
        let detail = "browsers cannot sign in to this site, because its address is plain http: its operator must set \
            server.base_url to an https address, or in a home network server.insecure_cookies to true";
        Self::forbidden("needs_https", detail)
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
    pub fn request_timeout() -> Self {
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
        Self::new(StatusCode::PRECONDITION_FAILED, "stale", detail)
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
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
        }
    }

    /// 422: the request's key was already used for a different request.
    pub fn key_used(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_used", detail)
    }

    /// 429: too many requests from this client (RFC 6585, section 4). The caller of this function
    /// adds `Retry-After`.
    fn too_many_requests() -> Self {
        let detail = "too many requests; wait a little";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail)
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

    /// 429: the most that may run at once already run (RFC 6585, section 4). `retry_after` is in
    /// seconds.
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
        let mut causes = cause.to_string();
        let mut next = cause.source();
        while let Some(cause) = next {
            let _ = write!(causes, ": {cause}");
            next = cause.source();
        }
        if UNAVAILABLE.admits(()) {
            tracing::error!(error = causes, "unavailable");
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

impl FieldError {
    /// Creates an error for the member at this JSON pointer.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            detail: detail.into(),
            advice: Vec::new(),
        }
    }

    /// An invalid e-mail address.
    pub fn email(error: EmailError) -> Self {
        let code = match error {
            EmailError::Empty => "required",
            EmailError::TooLong => "too_long",
            EmailError::UnseenCharacter
            | EmailError::OtherSpelling
            | EmailError::Malformed
            | EmailError::Domain => "invalid",
        };
        Self::new("/email", code, error.to_string())
    }

    /// A refused password, with advice on how to choose a better one.
    pub fn password(reason: PasswordError, advice: &Advice) -> Self {
        let code = match reason {
            PasswordError::TooShort(_) => "too_short",
            PasswordError::TooLong(_) => "too_long",
            PasswordError::TooCommon => "too_common",
            PasswordError::OneCharacter => "one_character",
            PasswordError::SameAsEmail => "same_as_email",
            PasswordError::SameAsSite => "same_as_site",
            PasswordError::Breached => "breached",
        };
        Self {
            advice: advice.words().collect(),
            ..Self::new("/password", code, reason.to_string())
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::unavailable(&error)
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::busy(),
            HashError::Entropy(_) => Self::unavailable(&error),
        }
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::invalid(vec![error])
    }
}

impl From<EmailError> for Problem {
    fn from(error: EmailError) -> Self {
        FieldError::email(error).into()
    }
}

impl From<NewPasswordError> for Problem {
    fn from(error: NewPasswordError) -> Self {
        Self::new_password(error, "/password")
    }
}

impl Problem {
    /// The password at this pointer was refused.
    pub(super) fn new_password(error: NewPasswordError, pointer: &'static str) -> Self {
        match error {
            NewPasswordError::Refused { reason, advice } => Self::invalid(vec![FieldError {
                pointer: pointer.to_owned(),
                ..FieldError::password(reason, &advice)
            }]),
            NewPasswordError::Hash(error) => error.into(),
            NewPasswordError::Unread(_) => Self::unavailable(&error),
        }
    }
}

impl From<SignUpError> for Problem {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::EmailTaken => Self::conflict("email_taken", error.to_string()),
            SignUpError::Password(error) => error.into(),
            SignUpError::Store(error) => error.into(),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::WrongCredentials => Self::wrong_credentials(),
            SignInError::Hash(error) => error.into(),
            SignInError::Store(error) => error.into(),
        }
    }
}

impl From<IdentifyError> for Problem {
    fn from(error: IdentifyError) -> Self {
        match error {
            IdentifyError::InvalidToken => Self::invalid_token(),
            IdentifyError::Store(error) => error.into(),
        }
    }
}

impl From<SignOutError> for Problem {
    fn from(error: SignOutError) -> Self {
        match error {
            SignOutError::Store(error) => error.into(),
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::MediaType(expected) => Self::unsupported_media_type(expected),
            BodyError::TooLarge => Self::too_large(),
            BodyError::Stalled => Self::request_timeout(),
            BodyError::Broken => Self::bad_request(
                "bad_request",
                "the connection broke before the whole body arrived",
            ),
        }
    }
}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Body(error) => error.into(),
            JsonError::Missing => {
                Self::bad_request("missing_body", "send a JSON object as the body")
            }
            JsonError::Syntax { line, column } => Self::bad_request(
                "malformed_json",
                format!("the body is not JSON: see line {line}, column {column}"),
            ),
            JsonError::Data(errors) => Self::invalid(errors),
        }
    }
}

impl From<FormError> for Problem {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Body(error) => error.into(),
            error => Self::bad_request("invalid_request", error.to_string()),
        }
    }
}
