//! A refusal as a page: for a browser, at an address of a page.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
        },
    },
    response::Response,
};
use guestlist_axum::Problem;

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

/// Whether a refusal of that request is to be read by a person: it comes from a browser, which asks for
/// HTML by name, and went to a page.
pub(crate) fn wants_a_page(path: &str, headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(ACCEPT).iter();
    let mut accepts = accepts.filter_map(|value| value.to_str().ok());
    accepts.any(|accept| accept.contains("text/html"))
        && !NO_PAGES.iter().any(|other| path.starts_with(other))
}

/// The same refusal in a page that says what to do; any other answer as it is.
pub(crate) fn in_a_page(mut response: Response, place: &Arc<str>, request_id: &str) -> Response {
    let Some(problem) = Problem::of(&response) else {
        return response;
    };
    let status = problem.status();
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    let page = Refusal {
        frame: Frame::of_nobody(Arc::clone(place)),
        status: status.as_str(),
        heading: heading(status),
        reason: reason(&problem),
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
    headers.extend(page::headers("no-store"));
    *response.body_mut() = Body::from(html);
    response
}

fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Sign in first",
        StatusCode::FORBIDDEN => "That is not open to you",
        StatusCode::NOT_FOUND => "There is nothing here",
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
