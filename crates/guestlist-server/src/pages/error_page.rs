//! The error page, with the header of the site. A signed-in visitor stays signed in on it.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use guestlist_axum::{Problem, local_path};

use super::{
    again::Assumed,
    assets,
    note::Note,
    page::Page,
    visit::{Layout, Visit},
};
use crate::app::App;

/// No route has this path, so [`nothing_here`] answers it.
pub(super) const NOWHERE: &str = "/-";
/// The pages, and those below them, that are also found with a slash at the end.
const PAGES: [&str; 5] = ["/account", "/admin", "/events", "/sign-in", "/sign-up"];

#[derive(Template)]
#[template(path = "error_page.html")]
struct ErrorPage {
    layout: Layout,
    status: StatusCode,
    note: Note,
    /// The fields of a form that cannot be shown again.
    typed: Vec<(String, String)>,
}

/// Extension of an internal request: the error to show with the header of the site.
#[derive(Clone)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) note: Note,
    pub(super) typed: Vec<(String, String)>,
}

impl Refused {
    /// Renders the page without knowing who the visitor is.
    pub(super) fn without_visitor(self, name: &Arc<str>, path: &str) -> Option<Body> {
        let layout = Layout::anonymous(Arc::clone(name), path);
        self.in_layout(layout).render().ok().map(Body::from)
    }

    fn in_layout(self, layout: Layout) -> ErrorPage {
        ErrorPage {
            layout,
            status: self.status,
            note: self.note,
            typed: self.typed,
        }
    }
}

/// Returns the address of a page that was requested with a slash at its end.
fn without_slash(parts: &Parts) -> Option<String> {
    let path = parts.uri.path().strip_suffix('/')?;
    let is_page = PAGES
        .iter()
        .filter_map(|page| path.strip_prefix(page))
        .any(|rest| rest.is_empty() || rest.starts_with('/'));
    let address = match parts.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
    // The query is no part of the check: it cannot lead to another host.
    (is_read && is_page && !path.ends_with('/') && local_path(path).is_some()).then_some(address)
}

/// Answers 404 at unknown addresses, and redirects to a page without a slash at the end. Shows the
/// error page if an internal request carries one.
pub(crate) async fn nothing_here(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let Some(refused) = parts.extensions.remove::<Refused>() else {
        return match without_slash(&parts) {
            Some(address) => Ok(Redirect::permanent(&address).into_response()),
            None => Err(Problem::not_found()),
        };
    };
    let visit = match Visit::from_request_parts(&mut parts, &app).await {
        Err(problem) if problem.status().is_server_error() => {
            parts.extensions.insert(Assumed::at(parts.uri.path()));
            Visit::from_request_parts(&mut parts, &app).await?
        }
        visit => visit?,
    };
    let page = refused.in_layout(visit.into_layout());
    Ok(Page::private(page).into_response())
}
