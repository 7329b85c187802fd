//! What the pages of links share: the address holds a secret, and a link may do nothing any more.

use askama::Template;
use axum::{
    http::{HeaderValue, header::REFERRER_POLICY},
    response::{IntoResponse, Response},
};
use guestlist::LinkError;
use guestlist_axum::Problem;

use super::{assets, page::Page, visit::Layout};

/// The page of a link that does nothing, with what to do instead.
#[derive(Template)]
#[template(path = "link_refused.html")]
struct LinkRefused {
    layout: Layout,
    heading: &'static str,
    words: String,
    /// What to do instead, with its address and its button.
    advice: &'static str,
    instead: Option<(&'static str, &'static str)>,
}

/// What the visitor of a link that does nothing can do instead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instead {
    pub(super) heading: &'static str,
    pub(super) advice: &'static str,
    pub(super) link: Option<(&'static str, &'static str)>,
}

/// Answers with a page whose address holds a secret: browsers tell it to no other address. The
/// `meta` element in the page then lets browsers send their `Origin` with the form.
pub(super) fn link_page<T: Template>(page: Page<T>) -> Response {
    unreferred(page.into_response())
}

/// Adds the header of [`link_page`] to another answer.
pub(super) fn unreferred(mut response: Response) -> Response {
    let value = HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(REFERRER_POLICY, value);
    response
}

/// Answers that the link does nothing, and why.
///
/// # Errors
///
/// The problem, if it is not about the link.
pub(super) fn refused(
    problem: Problem,
    layout: Layout,
    instead: Instead,
) -> Result<Response, Problem> {
    if !matches!(problem.code(), "invalid_link" | "email_taken") {
        return Err(problem);
    }
    let page = LinkRefused {
        layout,
        heading: instead.heading,
        words: super::when_text::capitalised(problem.detail()),
        advice: instead.advice,
        instead: instead.link,
    };
    Ok(link_page(Page::refused(problem.status(), page)))
}

/// Does the same for an error of a check.
pub(super) fn refused_link(
    error: LinkError,
    layout: Layout,
    instead: Instead,
) -> Result<Response, Problem> {
    refused(error.into(), layout, instead)
}
