//! What the pages of links share: the address holds a secret, and a link may do nothing any more.

use askama::Template;
use axum::{
    http::{HeaderValue, header::REFERRER_POLICY},
    response::{IntoResponse, Response},
};
use guestlist::{LinkError, LinkRefusal};
use guestlist_axum::Problem;

use super::{assets, page::Page, visit::Layout};

/// The page of a link that does nothing, with what to do instead.
#[derive(Template)]
#[template(path = "link_refused.html")]
struct LinkRefused {
    layout: Layout,
    heading: &'static str,
    words: String,
    /// What is true if the visitor has used the link, with an address and a button.
    used: Option<Used>,
    /// What to do instead, with its address and its button.
    advice: &'static str,
    instead: Option<(&'static str, &'static str)>,
}

/// What is true if the visitor has used the link, perhaps by a second click a moment ago.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    pub(super) words: &'static str,
    /// Where the first click led, and the button.
    pub(super) link: (&'static str, &'static str),
}

/// What the visitor of a link that does nothing can do instead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instead {
    pub(super) heading: &'static str,
    pub(super) used: Used,
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
    let was_used = problem.detail() == LinkRefusal::Used.to_string();
    let page = LinkRefused {
        layout,
        heading: instead.heading,
        words: super::when_text::sentence(problem.detail()),
        used: was_used.then_some(instead.used),
        advice: instead.advice,
        instead: instead.link,
    };
    Ok(link_page(Page::refused(&problem, page)))
}

/// Does the same for an error of a check.
pub(super) fn refused_link(
    error: LinkError,
    layout: Layout,
    instead: Instead,
) -> Result<Response, Problem> {
    refused(error.into(), layout, instead)
}
