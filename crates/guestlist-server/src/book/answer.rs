//! The book's form of an answer: `{"message": …}`, and for a refusal `{"detail": …}`, which for a 422
//! is a list of what is wrong where.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use guestlist_axum::{FieldError, Problem};
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

/// What is wrong, and where.
#[derive(Serialize, ToSchema)]
pub(crate) struct ValidationError {
    #[schema(value_type = Vec<String>)]
    loc: Vec<Value>,
    msg: String,
    #[serde(rename = "type")]
    kind: String,
}

/// A refusal that only the book knows.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The creator's alone.
    NotAllowed,
    /// No event has that id; the words differ from address to address.
    NoEvent(&'static str),
    /// What was sent will not do: where it stands, and what is wrong.
    Invalid(&'static str, Vec<FieldError>),
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
            Self::Invalid(place, errors) => {
                let errors: Vec<_> = errors
                    .iter()
                    .map(|error| validation_error(place, error))
                    .collect();
                spelled(StatusCode::UNPROCESSABLE_ENTITY, &json!(errors))
            }
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
    let words = |words: &str| json!({ "detail": words });
    let mut status = problem.status();
    let body = match problem.code() {
        "not_authenticated" => words("Not authenticated"),
        "invalid_token" => words("Invalid token"),
        "wrong_credentials" => words("Invalid credentials"),
        "email_taken" => words("User with email provided exists already."),
        "malformed_json" => {
            status = StatusCode::UNPROCESSABLE_ENTITY;
            let error = FieldError::new("", "json_invalid", problem.detail());
            json!({ "detail": [validation_error("body", &error)] })
        }
        "invalid" => {
            let errors = problem.errors().iter();
            let errors: Vec<_> = errors
                .map(|error| validation_error("body", error))
                .collect();
            json!({ "detail": errors })
        }
        _ => words(problem.detail()),
    };
    Problem::respell(&mut response, status, &body);
    response
}

fn validation_error(place: &str, error: &FieldError) -> ValidationError {
    let segment = |segment: &str| match segment.parse::<u64>() {
        Ok(index) => json!(index),
        Err(_) => json!(segment.replace("~1", "/").replace("~0", "~")),
    };
    let pointer = error.pointer.split('/').skip(1).map(segment);
    let (kind, msg) = match &*error.code {
        "required" => ("missing".to_owned(), "Field required".to_owned()),
        code => (code.to_owned(), error.detail.clone()),
    };
    ValidationError {
        loc: std::iter::once(json!(place)).chain(pointer).collect(),
        msg,
        kind,
    }
}
