//! The book's form of an answer: `{"message": …}`, and for a refusal `{"detail": …}`, which for a 422
//! is a list of what is wrong where.

use axum::{
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use guestlist_axum::{Json, Problem, ValidationError};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What went well.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    message: &'static str,
}

pub(super) fn message(message: &'static str) -> Json<Message> {
    Json(Message { message })
}

/// A refusal, for the documentation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes an answer")]
pub(crate) struct Detail {
    detail: String,
}

/// A refusal of what was sent, for the documentation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes an answer")]
pub(crate) struct ValidationDetail {
    detail: Vec<ValidationError>,
}

/// A refusal that only the book knows.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The creator's alone.
    NotAllowed,
    /// No event has that id; the words differ from address to address.
    NoEvent(&'static str),
    /// What was sent will not do: all that is wrong.
    Invalid(Vec<ValidationError>),
    /// What the rest of the server refuses too.
    Problem(Problem),
}

impl<P: Into<Problem>> From<P> for Refusal {
    fn from(problem: P) -> Self {
        Self::Problem(problem.into())
    }
}

impl IntoResponse for Refusal {
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
    Problem::respell(&mut response, status, &json!({ "detail": detail }));
    response
}

/// Puts whatever refusal a response is into the book's form.
pub(crate) fn in_the_books_form(mut response: Response) -> Response {
    if !response.status().is_success() {
        let value = HeaderValue::from_static("no-store");
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
    let Some(problem) = Problem::of(&response) else {
        return response;
    };
    // A body of another type is a 415, as everywhere on this server.
    let is_other_type = problem.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let mistakes = ValidationError::all_of(&problem).filter(|_| !is_other_type);
    if let Some(mistakes) = mistakes {
        let body = json!({ "detail": mistakes });
        Problem::respell(&mut response, StatusCode::UNPROCESSABLE_ENTITY, &body);
        return response;
    }
    let words = match problem.code() {
        "not_authenticated" => "Not authenticated",
        "invalid_token" => "Invalid token",
        "wrong_credentials" => "Invalid credentials",
        "email_taken" => "User with email provided exists already.",
        _ => problem.detail(),
    };
    let body = json!({ "detail": words });
    Problem::respell(&mut response, problem.status(), &body);
    response
}
