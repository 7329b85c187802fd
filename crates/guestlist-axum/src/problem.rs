//! The one form of a refusal: problem details (RFC 9457). Only this file and its folder know the
//! status codes of refusals.

mod administrators;
mod credentials;
mod described;
mod fastapi;
mod links;
mod oauth;
mod refusals;
mod second_factor;

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
use guestlist::{SignInChallenge, SignUpRefusal};
use serde::Serialize;
use utoipa::ToSchema;

use crate::shown_path;

/// Why a request was refused, and what the client can do.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) challenge: Option<&'static str>,
    pub(crate) retry_after: Option<u32>,
    pub(crate) limit: Option<&'static str>,
    pub(crate) sign_up: Option<SignUpRefusal>,
    /// In a box, so that the type stays small.
    pub(crate) second_step: Option<Box<SignInChallenge>>,
}

/// What is wrong with one member or parameter of a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Which one: a JSON pointer (RFC 6901) such as `/email`. For a parameter of the address, its
    /// name after a slash, such as `/limit`.
    pub pointer: String,
    /// What is wrong, for programs.
    pub code: Cow<'static, str>,
    /// What is wrong, for people.
    pub detail: String,
    /// For a password: its other weaknesses, and how to choose a better one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    pub advice: Vec<&'static str>,
}

/// The body of a refusal: `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The kind of problem, as an address relative to the server.
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
    /// The id of the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// What is wrong, member by member.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Why a visitor may not sign up: `sign_up_closed`, `invitation_required`,
    /// `invitation_unknown`, `invitation_expired`, `invitation_used`, `invitation_revoked` or
    /// `invitation_for_another`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What a visitor who may not sign up can do, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_step: Option<&'static str>,
    /// With `second_factor_required`: what the second step of the sign-in needs. It is valid for ten
    /// minutes, on the same device.
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<String>,
}

impl Problem {
    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the kind of problem, for programs: `invalid_token`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Returns what happened and what to do, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns how long the client should wait, in seconds, if the problem says so.
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// Returns why a visitor may not sign up, if that is the problem.
    pub fn sign_up(&self) -> Option<SignUpRefusal> {
        self.sign_up
    }

    /// Returns what is wrong with each member. Empty if the problem is not a member's.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Names the limit that refused the request, such as `events_per_user`.
    #[must_use]
    pub fn because_of(mut self, limit: &'static str) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Returns the name of the limit that refused the request, for metrics. The client does not get
    /// the name. `None` if no limit refused the request.
    pub fn limit(&self) -> Option<&'static str> {
        self.limit
    }

    /// Returns the [`limit`](Self::limit) of the problem that a response was made from, even if the
    /// response was rewritten since. `None` if the response was made from no problem.
    pub fn limit_of(response: &Response) -> Option<&'static str> {
        response.extensions().get::<Arc<Self>>()?.limit
    }

    /// Returns the code of the problem that a response was made from, even if the response was
    /// rewritten since. `None` if the response is not a refusal.
    pub fn code_of(response: &Response) -> Option<&'static str> {
        let made_from = response.extensions().get::<Arc<Self>>();
        let code = made_from.map(|problem| problem.code);
        code.or_else(|| Self::of(response).map(|problem| problem.code))
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
            reason: self.sign_up.map(SignUpRefusal::code),
            next_step: self.sign_up.map(SignUpRefusal::next_step),
            challenge: self
                .second_step
                .as_ref()
                .map(|challenge| challenge.expose().to_owned()),
        }
    }

    /// Returns what the second step of a sign-in needs, if the problem asks for that step.
    pub fn second_step(&self) -> Option<&SignInChallenge> {
        self.second_step.as_deref()
    }

    /// Returns the problem of a response: the one it was made from, or one for its bare status if
    /// axum made the response. Returns `None` if the response is not a refusal or was rewritten.
    pub fn of(response: &Response) -> Option<Self> {
        if response.extensions().get::<Rewritten>().is_some() {
            return None;
        }
        let made_from = response.extensions().get::<Arc<Self>>();
        match made_from {
            Some(problem) => Some(Self::clone(problem)),
            None => Self::of_status(response.status()),
        }
    }

    /// Replaces the body and the status of a refusal, and keeps its other headers. The response is
    /// not rewritten again.
    pub fn rewrite(response: &mut Response, status: StatusCode, body: &impl Serialize) {
        put(response, status, "application/json", body);
        Self::keep_form(response);
    }

    /// Marks a response as final, whatever its status is: for example, a page that shows a form
    /// again.
    pub fn keep_form(response: &mut Response) {
        response.extensions_mut().insert(Rewritten);
    }
}

/// Marks a refusal that has the form of its address.
#[derive(Clone, Copy)]
struct Rewritten;

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

/// Adds the request's path and id to a refusal; other responses are unchanged. Call it in a layer
/// around all routes. The path is cut to 200 bytes, and tokens in it to their prefixes.
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
