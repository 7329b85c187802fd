//! Refusals in OAuth 2.0's form (RFC 6749, section 5.2), for the token endpoint. Revocation and
//! introspection use the same form (RFC 7009, section 2.2.1; RFC 7662, section 2.3).

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

/// The body of a refusal of the token endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenError)]
pub struct TokenErrorBody {
    /// An error code of RFC 6749 or RFC 6750.
    #[schema(example = "invalid_grant")]
    error: &'static str,
    /// What happened, in printable ASCII without `"` and `\`.
    error_description: String,
}

/// Rewrites any refusal into OAuth's form, and forbids caching of every answer.
pub fn oauth_form(mut response: Response) -> Response {
    if let Some(problem) = Problem::of(&response) {
        let (status, error) = translated(&problem);
        let printable = |c: &char| matches!(c, ' '..='~') && *c != '"' && *c != '\\';
        let body = TokenErrorBody {
            error,
            error_description: match problem.code {
                "second_factor_required" => {
                    "this account has a second factor; a program uses a personal access token"
                        .to_owned()
                }
                _ => problem.detail.chars().filter(printable).collect(),
            },
        };
        Problem::rewrite(&mut response, status, &body);
        if error == "invalid_grant" {
            // Only a 401 may have a challenge.
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
        (
            "wrong_credentials"
            | "approval_pending"
            | "email_not_verified"
            | "second_factor_required",
            _,
        ) => return (StatusCode::BAD_REQUEST, "invalid_grant"),
        (
            code @ ("unsupported_grant_type"
            | "invalid_scope"
            | "invalid_client"
            | "invalid_grant"
            | "invalid_token"),
            _,
        ) => code,
        // The caller of introspection is a client (RFC 7662, section 2.3).
        ("not_authenticated", _) => "invalid_client",
        // Section 4.1.2.1 defines the codes that section 5.2 does not have.
        (_, StatusCode::SERVICE_UNAVAILABLE) => "temporarily_unavailable",
        (_, status) if status.is_server_error() => "server_error",
        _ => "invalid_request",
    };
    (problem.status, error)
}
