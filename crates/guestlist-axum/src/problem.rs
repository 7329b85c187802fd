//! The one shape of a refusal: problem details (RFC 9457). The only file, with its folder, that
//! knows status codes.

mod credentials;
mod described;
mod fastapi;
mod oauth;
mod refusals;

pub use described::describe_refusals;
pub use fastapi::ValidationError;
pub use oauth::{TokenErrorBody, oauth_form};

use std::{borrow::Cow, sync::Arc};

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER,
            WWW_AUTHENTICATE,
        },
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::shown_path;

/// Why a request was refused, and what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) challenge: Option<&'static str>,
    pub(crate) retry_after: Option<u32>,
    pub(crate) limit: Option<&'static str>,
}

/// What is wrong with one member or parameter of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Which one: a JSON pointer (RFC 6901) such as `/email`. For a parameter of the address, its name after a
    /// slash, such as `/limit`.
    pub pointer: String,
    /// What is wrong, for programs.
    pub code: Cow<'static, str>,
    /// What is wrong, for people.
    pub detail: String,
    /// For a password: more of what is wrong with it, and how to find a better one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    pub advice: Vec<&'static str>,
}

/// A refusal on the wire: `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Names the kind of problem, relative to the server.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid_token")]
    kind: String,
    /// The status in words.
    #[schema(example = "Unauthorized")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 401)]
    status: u16,
    /// What happened and what to do.
    detail: Cow<'static, str>,
    /// The path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The kind of problem, for programs.
    #[schema(example = "invalid_token")]
    code: &'static str,
    /// Names the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// What is wrong, member by member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Problem {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The kind of problem, for programs.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What happened, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What is wrong, member by member.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The same refusal, because of the limit of that name, such as `events_per_user`.
    #[must_use]
    pub fn because_of(mut self, limit: &'static str) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The name of the limit that refused the request, for metrics. The client is not told.
    pub fn limit(&self) -> Option<&'static str> {
        self.limit
    }

    /// The same of the problem that a response was made from, also if it was put into another form since.
    pub fn limit_of(response: &Response) -> Option<&'static str> {
        response.extensions().get::<Arc<Self>>()?.limit
    }

    fn body(&self, instance: Option<String>, request_id: Option<String>) -> ProblemBody {
        ProblemBody {
            kind: format!("/problems/{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            instance,
            code: self.code,
            request_id,
            errors: self.errors.clone(),
        }
    }

    /// The problem a response tells of: the one it was made from, or one for its bare status, as
    /// axum makes them. None for a response that is no refusal, or was respelled.
    pub fn of(response: &Response) -> Option<Self> {
        if response.extensions().get::<Respelled>().is_some() {
            return None;
        }
        let made_from = response.extensions().get::<Arc<Self>>();
        match made_from {
            Some(problem) => Some(Self::clone(problem)),
            None => Self::of_status(response.status()),
        }
    }

    /// Puts another body and status in the place of a refusal's, and keeps its other headers. What
    /// was respelled once keeps its form.
    pub fn respell(response: &mut Response, status: StatusCode, body: &impl Serialize) {
        put(response, status, "application/json", body);
        Self::has_its_form(response);
    }

    /// Notes that an answer is spelled as it is to be, whatever its status says: a page, for instance, that
    /// shows a form again.
    pub fn has_its_form(response: &mut Response) {
        response.extensions_mut().insert(Respelled);
    }
}

/// The refusal has got the form that its address speaks.
#[derive(Clone, Copy)]
struct Respelled;

fn put(response: &mut Response, status: StatusCode, mime: &'static str, body: &impl Serialize) {
    let json = serde_json::to_vec(body).unwrap_or_default();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.remove(CONTENT_ENCODING);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    *response.body_mut() = Body::from(json);
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        spell(&mut response, &self, None, None);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// Writes into a refusal which request it answers; any other response stays as it is. For a layer
/// around all routes, which knows both. Of the path tokens are cut to their prefixes, and what exceeds 200 bytes.
pub fn finish_problem(response: &mut Response, instance: &str, request_id: &str) {
    if let Some(problem) = Problem::of(response) {
        let (instance, request_id) = (
            Some(shown_path::instance(instance)),
            Some(request_id.to_owned()),
        );
        spell(response, &problem, instance, request_id);
    }
}

fn spell(
    response: &mut Response,
    problem: &Problem,
    instance: Option<String>,
    request_id: Option<String>,
) {
    let body = problem.body(instance, request_id);
    put(response, problem.status, "application/problem+json", &body);
}
