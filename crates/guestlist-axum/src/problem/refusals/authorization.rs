//! Refusals because of who calls: missing, invalid or insufficient credentials, and requests from
//! other sites.

use std::borrow::Cow;

use axum::http::StatusCode;
use guestlist::{Scope, SignUpRefusal};

use super::super::Problem;

const BEARER: &str = "Bearer";
const BASIC: &str = "Basic realm=\"guestlist\"";

impl Problem {
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

    /// 400: the `Authorization` header begins with `Basic` and does not encode a user name and a
    /// password (RFC 7617, section 2).
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
    pub(crate) fn reauthentication_required() -> Self {
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

    /// 401: a service used HTTP Basic, and its token is invalid (RFC 6749, section 5.2).
    pub(crate) fn invalid_service() -> Self {
        Self {
            detail: "the token of the service, which is the password, is invalid".into(),
            ..Self::invalid_client()
        }
    }

    /// 403: the caller is known, and may not do this.
    pub fn forbidden(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// 403: the policy of this site, or the invitation, does not admit the visitor.
    pub fn sign_up_refused(why: SignUpRefusal) -> Self {
        let code = match why {
            SignUpRefusal::Closed => "sign_up_closed",
            _ => "invitation_required",
        };
        let detail = format!("{} {}", why.reason(), why.next_step());
        Self {
            sign_up: Some(why),
            ..Self::forbidden(code, detail)
        }
    }

    /// 403: only administrators may do this.
    pub fn administrator_required() -> Self {
        Self::forbidden(
            "administrator_required",
            "only an administrator of this site may do this",
        )
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
}
