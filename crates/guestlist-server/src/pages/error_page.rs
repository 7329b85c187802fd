//! The error page, with the header of the site. A signed-in visitor stays signed in on it.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use guestlist_axum::Problem;

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

/// Answers 404 at unknown addresses; shows the error page if an internal request carries one.
pub(crate) async fn nothing_here(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let Some(refused) = parts.extensions.remove::<Refused>() else {
        return Err(Problem::not_found());
    };
    let visit = match Visit::from_request_parts(&mut parts, &app).await {
        Err(problem) if problem.status().is_server_error() => {
            parts.extensions.insert(Assumed);
            Visit::from_request_parts(&mut parts, &app).await?
        }
        visit => visit?,
    };
    let page = refused.in_layout(visit.into_layout());
    Ok(Page::private(page).into_response())
}
