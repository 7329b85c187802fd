//! Who looks at a page, and what stands around what they came for.

use std::{convert::Infallible, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use guestlist_axum::CurrentUser;

use crate::app::App;

/// Somebody, signed in or not.
pub(super) struct Visit {
    user: Option<CurrentUser>,
    frame: Frame,
}

/// What the layout shows around a page.
pub(super) struct Frame {
    /// What people call this place.
    pub(super) place: Arc<str>,
    /// The address somebody is signed in by.
    pub(super) user: Option<String>,
    /// For the forms of the page; empty where there is none.
    pub(super) csrf: String,
    /// What was done a moment ago.
    pub(super) done: Option<&'static str>,
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
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self {
            user: None,
            frame: Frame {
                shows_nav: true,
                path: parts.uri.path().to_owned(),
                ..Frame::of_nobody(Arc::clone(&app.name))
            },
        })
    }
}
