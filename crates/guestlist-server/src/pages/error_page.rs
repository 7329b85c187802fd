//! The page of a refusal, with the header of the site: whoever is signed in stays so there.

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
    visit::{Frame, Visit},
};
use crate::app::App;

/// No route is there, and so [`nothing_here`] answers.
pub(super) const NOWHERE: &str = "/-";
#[derive(Template)]
#[template(path = "error_page.html")]
struct ErrorPage {
    frame: Frame,
    status: StatusCode,
    note: Note,
    /// What was sent and cannot be shown in its form.
    typed: Vec<(String, String)>,
}

/// Beside a request for no page: the refusal that is to be shown with the header of the site.
#[derive(Clone)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) note: Note,
    pub(super) typed: Vec<(String, String)>,
}

impl Refused {
    /// The page for whom nobody can say who it is.
    pub(super) fn for_nobody(self, name: &Arc<str>, path: &str) -> Option<Body> {
        let frame = Frame::of_nobody(Arc::clone(name), path);
        self.in_frame(frame).render().ok().map(Body::from)
    }

    fn in_frame(self, frame: Frame) -> ErrorPage {
        ErrorPage {
            frame,
            status: self.status,
            note: self.note,
            typed: self.typed,
        }
    }
}

/// What is at no address: nothing, or inside a request the refusal of that.
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
    let page = refused.in_frame(visit.into_frame());
    Ok(Page::private(page).into_response())
}
