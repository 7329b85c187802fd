//! A refusal in OAuth 2.0's own form (RFC 6749, section 5.2), for the token endpoint and for the two
//! beside it, which borrow the form (RFC 7009, section 2.2.1; RFC 7662, section 2.3).

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, PRAGMA},
    },
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;

/// A refusal of the token endpoint on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenError)]
pub struct TokenErrorBody {
    /// One of RFC 6749's codes, or of RFC 6750's.
    #[schema(example = "invalid_grant")]
    error: &'static str,
    /// What happened, in printable ASCII without `"` and `\`.
    error_description: String,
}

/// Puts whatever refusal a response is into OAuth's form, and no answer into any cache.
pub fn oauth_form(mut response: Response) -> Response {
    if let Some(problem) = Problem::of(&response) {
        let (status, error) = translated(&problem);
        let printable = |c: &char| matches!(c, ' '..='~') && *c != '"' && *c != '\\';
        let body = TokenErrorBody {
            error,
            error_description: problem.detail.chars().filter(printable).collect(),
        };
        Problem::respell(&mut response, status, &body);
        if error == "invalid_grant" {
            // A challenge goes with 401 alone.
            response
                .headers_mut()
                .remove(axum::http::header::WWW_AUTHENTICATE);
        }
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

fn translated(problem: &Problem) -> (StatusCode, &'static str) {
    let error = match (problem.code, problem.status) {
        ("wrong_credentials", _) => return (StatusCode::BAD_REQUEST, "invalid_grant"),
        (
            code @ ("unsupported_grant_type"
            | "invalid_scope"
            | "invalid_client"
            | "invalid_grant"
            | "invalid_token"),
            _,
        ) => code,
        // Whoever asks what a token is worth is a client (RFC 7662, section 2.3).
        ("not_authenticated", _) => "invalid_client",
        // Section 4.1.2.1 has the names that section 5.2 lacks.
        (_, StatusCode::SERVICE_UNAVAILABLE) => "temporarily_unavailable",
        (_, status) if status.is_server_error() => "server_error",
        _ => "invalid_request",
    };
    (problem.status, error)
}
