//! JSON bodies. A value that was sent is never repeated in an error: it may be a secret.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::{
    Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Deserializer, error::Category};
use serde_path_to_error::{Path, Segment};

use super::{BodyError, media_type, read_body};
use crate::{FieldError, Problem};

/// A body that is a JSON object, of a request or an answer. Unlike axum's own extractor it refuses other types of
/// body and arrays in an object's place, and says what is wrong where.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// Why a body is not the JSON that was asked for.
#[derive(Debug)]
pub enum JsonError {
    /// It could not be read.
    Body(BodyError),
    /// It is no JSON (RFC 8259).
    Syntax {
        /// Where it stops being some, from 1.
        line: usize,
        /// Where in that line, in bytes.
        column: usize,
    },
    /// It is some other JSON.
    Data(FieldError),
}

impl<T: DeserializeOwned> Json<T> {
    /// Reads the body of a request.
    pub async fn read(request: Request) -> Result<Self, JsonError> {
        let json = match media_type(request.headers()) {
            Some((essence, true)) => {
                essence == "application/json" || essence == "application/merge-patch+json"
            }
            _ => false,
        };
        if !json {
            return Err(JsonError::Body(BodyError::MediaType(
                "application/json, in UTF-8",
            )));
        }
        let body = read_body(request).await.map_err(JsonError::Body)?;
        Self::parse(&body)
    }

    fn parse(body: &[u8]) -> Result<Self, JsonError> {
        // What is derived for a struct also reads an array of its members in their order.
        let begins = body.iter().find(|byte| !b" \t\r\n".contains(byte));
        if begins != Some(&b'{') {
            return Err(no_object(body));
        }
        let mut json = Deserializer::from_slice(body);
        let value = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| read_error(error.path(), error.inner()))?;
        json.end().map_err(|error| syntax(&error))?;
        Ok(Self(value))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(request).await?)
    }
}

/// A value that cannot be written as JSON is answered with 500. It is written to a vector, which costs much less than
/// the `BytesMut` that axum's own type writes to.
impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let json = HeaderValue::from_static("application/json");
                ([(CONTENT_TYPE, json)], body).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                Problem::internal().into_response()
            }
        }
    }
}

fn syntax(error: &serde_json::Error) -> JsonError {
    JsonError::Syntax {
        line: error.line(),
        column: error.column(),
    }
}

fn no_object(body: &[u8]) -> JsonError {
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => JsonError::Data(FieldError::new("", "type", "expected an object")),
        Err(error) => syntax(&error),
    }
}

fn read_error(path: &Path, error: &serde_json::Error) -> JsonError {
    if error.classify() != Category::Data {
        return syntax(error);
    }
    let message = error.to_string();
    let named = message.split('`').nth(1).unwrap_or_default();
    let mut pointer = pointer(path);
    let (code, detail) = if message.starts_with("missing field") {
        pointer = format!("{pointer}/{named}");
        ("required", "this is needed".to_owned())
    } else if message.starts_with("duplicate field") {
        pointer = format!("{pointer}/{named}");
        ("duplicate", "this may be there once".to_owned())
    } else if message.starts_with("unknown field") {
        ("unknown", "there is no such member here".to_owned())
    } else {
        let words = message.split(" at line ").next().unwrap_or(&message);
        // Before the expectation stands what was sent; words without one are a type's own.
        let detail = match words.rsplit_once("expected ") {
            Some((_, expected)) => format!("expected {expected}"),
            None => words.to_owned(),
        };
        ("type", detail)
    };
    JsonError::Data(FieldError::new(pointer, code, detail))
}

/// A JSON pointer (RFC 6901) to where the path ends.
fn pointer(path: &Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => "/?".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it is read matters")]
    struct Body {
        email: String,
        #[serde(default)]
        tags: Vec<String>,
    }

    fn error(body: &[u8]) -> JsonError {
        Json::<Body>::parse(body)
            .map(|body| body.0)
            .expect_err("is refused")
    }

    #[test]
    fn what_is_no_json_is_told_from_what_is_other_json() {
        let deep = "[".repeat(100_000);
        for body in [
            &b""[..],
            b"{",
            b"{\"email\":\"a\"}x",
            b"{\"email\":\"a\"}{}",
            b"\xef\xbb\xbf{\"email\":\"a\"}",
            b"{\"email\":\"\xc0\x80\"}",
            b"{\"email\":\"\xed\xa0\x80\"}",
            b"{\"email\":\"\xff\"}",
            b"{\"email\":\"\\ud800\"}",
            b"{'email':'a'}",
            b"{\"email\":\"a\",}",
            b"{\"email\":NaN}",
            b"{\"email\":\"a\" /* x */}",
            b"{\"email\":1e400}",
            b"{\"email\":\"a\nb\"}",
            deep.as_bytes(),
        ] {
            let error = error(body);
            assert!(matches!(error, JsonError::Syntax { .. }), "{error:?}");
        }
    }

    #[test]
    fn other_json_is_refused_with_where_and_why_and_without_repeating_it() {
        for (body, pointer, code) in [
            (r#"{"email":42}"#, "/email", "type"),
            (r#"{"email":null}"#, "/email", "type"),
            (r#"{"email":{"$gt":""}}"#, "/email", "type"),
            (r#"{"email":"a","tags":["b",7]}"#, "/tags/1", "type"),
            (r#"{"email":"a","email":"b"}"#, "/email", "duplicate"),
            (r#"{"\u0065mail":"a","email":"b"}"#, "/email", "duplicate"),
            (r#"{"tags":[]}"#, "/email", "required"),
            (r#"{"email":"a","admin":true}"#, "/admin", "unknown"),
            ("\"secret\"", "", "type"),
            ("[]", "", "type"),
            ("[\"a\"]", "", "type"),
            (" null", "", "type"),
            ("123456789012345678901234567890", "", "type"),
        ] {
            let JsonError::Data(error) = error(body.as_bytes()) else {
                panic!("{body}");
            };
            assert_eq!(
                (error.pointer.as_str(), &*error.code),
                (pointer, code),
                "{body}"
            );
            assert!(
                !error.detail.contains("secret") && !error.detail.contains("42"),
                "{body}"
            );
        }
    }
}
