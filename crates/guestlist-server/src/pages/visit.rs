//! Who looks at a page, and what stands around what they came for.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use guestlist_axum::{CsrfToken, CurrentUser, Problem};

use super::done::Done;
use crate::app::App;

/// Somebody, signed in or not.
pub(super) struct Visit {
    user: Option<CurrentUser>,
    frame: Frame,
}

/// The same on a page that has a form of its own, whoever looks.
pub(super) struct FormVisit(pub(super) Frame);

/// What the layout shows around a page.
pub(super) struct Frame {
    /// What people call this place.
    pub(super) place: Arc<str>,
    /// The address somebody is signed in by.
    pub(super) user: Option<String>,
    /// For the forms of the page; empty where there is none.
    pub(super) csrf: String,
    /// What was done a moment ago.
    pub(super) done: Option<Done>,
    /// Whether it is known who looks.
    pub(super) shows_nav: bool,
    path: String,
}

impl Visit {
    /// Who is signed in.
    pub(super) fn user(&self) -> Option<&CurrentUser> {
        self.user.as_ref()
    }

    /// The frame of a page for this visitor.
    pub(super) fn into_frame(self) -> Frame {
        self.frame
    }
}

impl Frame {
    /// The frame where it is not known who looks.
    pub(super) fn of_nobody(place: Arc<str>) -> Self {
        Self {
            place,
            user: None,
            csrf: String::new(),
            done: None,
            shows_nav: false,
            path: String::new(),
        }
    }

    /// Whether the page is that one, or one below it.
    pub(super) fn is_at(&self, address: &str) -> bool {
        let below = self.path.strip_prefix(address);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let user = Option::<CurrentUser>::from_request_parts(parts, app).await?;
        let mut frame = Frame {
            user: user.as_ref().map(|user| user.email().to_string()),
            done: Done::of_query(parts.uri.query().unwrap_or_default()),
            shows_nav: true,
            path: parts.uri.path().to_owned(),
            ..Frame::of_nobody(Arc::clone(&app.name))
        };
        // A page without a form has no token, and so it may be compressed.
        if user.is_some() {
            frame.csrf = token(parts, app).await?;
        }
        Ok(Self { user, frame })
    }
}

impl FromRequestParts<App> for FormVisit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let mut frame = visit.into_frame();
        if frame.csrf.is_empty() {
            frame.csrf = token(parts, app).await?;
        }
        Ok(Self(frame))
    }
}

async fn token(parts: &mut Parts, app: &App) -> Result<String, Problem> {
    let token = CsrfToken::from_request_parts(parts, app).await?;
    Ok(token.as_str().to_owned())
}
