//! The answers of the FastAPI-book addresses: `{"message": …}`, and for an error `{"detail": …}`.
//! The detail of a 422 is a list of errors with their locations.

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use guestlist_axum::{Json, Problem, ValidationError};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A success.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    message: &'static str,
}

pub(super) fn message(message: &'static str) -> Json<Message> {
    Json(Message { message })
}

/// An error, for the OpenAPI description.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct Detail {
    detail: String,
}

/// An invalid request, for the OpenAPI description.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct ValidationDetail {
    detail: Vec<ValidationError>,
}

/// An error of the FastAPI-book addresses.
#[derive(Debug)]
pub(crate) enum CompatError {
    /// Only the creator may do this.
    NotAllowed,
    /// No event has that id. The text differs between the addresses.
    NoEvent(&'static str),
    /// The request is invalid. Contains all errors.
    Invalid(Vec<ValidationError>),
    /// An error that other addresses have too.
    Problem(Problem),
}

impl<P: Into<Problem>> From<P> for CompatError {
    fn from(problem: P) -> Self {
        Self::Problem(problem.into())
    }
}

impl IntoResponse for CompatError {
    fn into_response(self) -> Response {
        match self {
            Self::NotAllowed => spelled(StatusCode::BAD_REQUEST, &json!("Operation not allowed")),
            Self::NoEvent(words) => spelled(StatusCode::NOT_FOUND, &json!(words)),
            Self::Invalid(mistakes) => spelled(StatusCode::UNPROCESSABLE_ENTITY, &json!(mistakes)),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

fn spelled(status: StatusCode, detail: &Value) -> Response {
    let mut response = status.into_response();
    Problem::rewrite(&mut response, status, &json!({ "detail": detail }));
    response
}

/// Converts any error response into the FastAPI book's format.
pub(crate) fn in_compat_format(mut response: Response) -> Response {
    if !response.status().is_success() {
        let value = HeaderValue::from_static("no-store");
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
    let Some(problem) = Problem::of(&response) else {
        return response;
    };
    // A body of the wrong type is a 415, as at all other addresses.
    let is_other_type = problem.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let mistakes = ValidationError::all_of(&problem).filter(|_| !is_other_type);
    if let Some(mistakes) = mistakes {
        let body = json!({ "detail": mistakes });
        Problem::rewrite(&mut response, StatusCode::UNPROCESSABLE_ENTITY, &body);
        return response;
    }
    if problem.code() == "invalid_request" && response.headers().contains_key(WWW_AUTHENTICATE) {
        // The original has one answer for every `Authorization` header without a valid token.
        let invalid = Problem::invalid_token().into_response();
        return in_compat_format(invalid);
    }
    let words = match problem.code() {
        "not_authenticated" => "Not authenticated",
        "invalid_token" => "Invalid token",
        "wrong_credentials" => "Invalid credentials",
        "second_factor_required" => {
            "This account has a second factor. A program uses a personal access token instead."
        }
        "email_taken" => "User with email provided exists already.",
        _ => problem.detail(),
    };
    let body = json!({ "detail": words });
    Problem::rewrite(&mut response, problem.status(), &body);
    response
}
