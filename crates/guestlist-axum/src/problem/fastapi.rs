//! Refusals of invalid requests in the form of FastAPI and pydantic: status 422, and `detail` lists
//! each mistake with its place.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{FieldError, Problem};
use crate::{EXPECTED_LIST, EXPECTED_OBJECT, EXPECTED_STRING, body::NEEDED};

/// One mistake in a request, in FastAPI's form. The sent value is not repeated, because it may be a
/// secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValidationError {
    /// The place: `body` or `path`, then names of members and indexes of items.
    loc: Vec<Location>,
    /// What is wrong, for people.
    msg: String,
    /// What is wrong, for programs.
    #[serde(rename = "type")]
    kind: String,
}

/// One step of the place of a mistake: a member's name or an item's index.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Location {
    Name(String),
    Number(u64),
}

impl ValidationError {
    /// Creates a mistake in this part of a request: `body` or `path`.
    pub fn new(part: &str, error: &FieldError) -> Self {
        let segment = |segment: &str| match segment.parse() {
            Ok(number) => Location::Number(number),
            Err(_) => Location::Name(segment.replace("~1", "/").replace("~0", "~")),
        };
        let part = Location::Name(part.to_owned());
        let pointer = error.pointer.split('/').skip(1).map(segment);
        let (kind, msg) = in_pydantics_words(error);
        Self {
            loc: std::iter::once(part).chain(pointer).collect(),
            msg: msg.into_owned(),
            kind: kind.to_owned(),
        }
    }

    /// Returns all mistakes, if the problem is an invalid request. A body of another media type
    /// counts as one mistake.
    pub fn all_of(problem: &Problem) -> Option<Vec<Self>> {
        let alone = |code: &'static str, detail: &str| {
            let error = FieldError::new("", code, detail);
            Some(vec![Self::new("body", &error)])
        };
        match problem.code() {
            "invalid" => {
                let errors = problem.errors().iter();
                Some(errors.map(|error| Self::new("body", error)).collect())
            }
            "missing_body" => alone("required", problem.detail()),
            "malformed_json" => alone("json_invalid", problem.detail()),
            "unsupported_media_type" => alone("type", EXPECTED_OBJECT),
            _ => None,
        }
    }
}

/// What pydantic calls a mistake, and what it says of it, if it knows that mistake. It calls only
/// what was not sent `missing`, and an empty address is an address that is not valid.
fn in_pydantics_words(error: &FieldError) -> (&str, Cow<'_, str>) {
    let (kind, msg) = match (&*error.code, error.detail.as_str()) {
        ("required" | "invalid" | "too_long", detail)
            if error.pointer == "/email" && detail != NEEDED =>
        {
            let msg = format!("value is not a valid email address: {detail}");
            return ("value_error", msg.into());
        }
        ("required", _) => ("missing", "Field required"),
        ("type", EXPECTED_STRING) => ("string_type", "Input should be a valid string"),
        ("type", EXPECTED_LIST) => ("list_type", "Input should be a valid list"),
        ("type", EXPECTED_OBJECT) => (
            "model_attributes_type",
            "Input should be a valid dictionary or object to extract fields from",
        ),
        known => known,
    };
    (kind, msg.into())
}
