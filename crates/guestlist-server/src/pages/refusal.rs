//! A refusal as a page: for a browser, at an address of a page.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{
            ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
        },
        uri::PathAndQuery,
    },
    response::{IntoResponse, Redirect, Response},
};
use guestlist_axum::{Problem, local_path};

use super::{assets, page, said::capitalised, visit::Frame};

/// Addresses of programs, and of the documentation for those who write them.
const NO_PAGES: [&str; 8] = [
    "/api/",
    "/event/",
    "/user/",
    "/health/",
    "/.well-known/jwks.json",
    "/docs",
    "/openapi.json",
    "/problems/",
];

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    frame: Frame,
    status: &'a str,
    heading: &'a str,
    reason: String,
    retry_after: Option<u32>,
    /// Whether the log knows more.
    shows_id: bool,
    request_id: &'a str,
}

/// A request of a browser for a page: what has to be known of it once the answer is there.
pub(crate) struct AskedForPage {
    place: Arc<str>,
    /// Where to go on after a sign-in.
    next: String,
}

impl AskedForPage {
    /// That request, if a refusal of it is to be read by a person: it comes from a browser, which asks for
    /// HTML by name, and went to a page.
    pub(crate) fn of(request: &Request, place: &Arc<str>) -> Option<Self> {
        let accepts = request.headers().get_all(ACCEPT).iter();
        let mut accepts = accepts.filter_map(|value| value.to_str().ok());
        let is_browser = accepts.any(|accept| accept.contains("text/html"));
        let path = request.uri().path();
        let is_page = !NO_PAGES.iter().any(|other| path.starts_with(other));
        (is_browser && is_page).then(|| Self {
            place: Arc::clone(place),
            next: next(request),
        })
    }

    /// The same answer, and where it is a refusal a page that says what to do, or the way to the page where
    /// that is done.
    pub(crate) fn answered(&self, response: Response, request_id: &str) -> Response {
        let Some(problem) = Problem::of(&response) else {
            return response;
        };
        match problem.code() {
            "not_authenticated" | "invalid_token" => self.by_way_of("/sign-in"),
            "proof_required" => self.by_way_of("/account/proof"),
            _ => self.in_a_page(response, &problem, request_id),
        }
    }

    fn by_way_of(&self, path: &str) -> Response {
        // What is too long or holds a token is left out.
        let Some(next) = local_path(&self.next) else {
            return Redirect::to(path).into_response();
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.append_pair("next", next).finish();
        Redirect::to(&format!("{path}?{query}")).into_response()
    }

    fn in_a_page(&self, mut response: Response, problem: &Problem, request_id: &str) -> Response {
        let status = problem.status();
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let page = Refusal {
            frame: Frame::of_nobody(Arc::clone(&self.place)),
            status: status.as_str(),
            heading: heading(problem),
            reason: reason(problem),
            retry_after,
            shows_id: status.is_server_error(),
            request_id,
        };
        let Ok(html) = page.render() else {
            return response;
        };
        let headers = response.headers_mut();
        for name in [CONTENT_LENGTH, CONTENT_ENCODING, WWW_AUTHENTICATE] {
            headers.remove(name);
        }
        let mime = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(CONTENT_TYPE, mime);
        page::finish(headers, "no-store");
        *response.body_mut() = Body::from(html);
        response
    }
}

/// The page that was asked for, or the one that a form was on.
fn next(request: &Request) -> String {
    let path = request.uri().path();
    if request.method().is_safe() {
        let target = request.uri().path_and_query();
        return target.map_or(path, PathAndQuery::as_str).to_owned();
    }
    let parent = path.rsplit_once('/').map(|(parent, _)| parent);
    let parent = parent.filter(|parent| parent.starts_with("/account/"));
    parent.unwrap_or(path).to_owned()
}

fn heading(problem: &Problem) -> &'static str {
    match problem.status() {
        _ if problem.code() == "csrf_token" => "This form is out of date",
        _ if problem.code() == "too_many_exports" => "One at a time",
        StatusCode::FORBIDDEN => "That is not open to you",
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::MISDIRECTED_REQUEST => "This site has another address",
        StatusCode::METHOD_NOT_ALLOWED => "This address does something else",
        StatusCode::PAYLOAD_TOO_LARGE => "That was too much",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        StatusCode::SERVICE_UNAVAILABLE => "Too much at once",
        status if status.is_server_error() => "Something broke here",
        _ => "That could not be read",
    }
}

/// What happened and what to do, in a sentence.
fn reason(problem: &Problem) -> String {
    let reason = match problem.status() {
        _ if problem.code() == "csrf_token" => {
            "You may have signed in or out meanwhile, in another window. Nothing was changed. Go back, reload \
             the page, and send the form again."
        }
        StatusCode::NOT_FOUND => {
            "The event may have been deleted, or the address was cut off on its way."
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            "A form may hold 64 KiB. Go back, shorten the text, and send it again."
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "This cannot be answered just now. Nothing you did was wrong."
        }
        status if status.is_server_error() => "It is not your fault, and it has been noted.",
        _ => return format!("{}.", capitalised(problem.detail())),
    };
    reason.to_owned()
}
