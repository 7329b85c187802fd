//! The page of the second step of signing in.

use askama::Template;
use axum::response::{IntoResponse, Response};
use guestlist::SignInChallenge;
use guestlist_axum::SecondStepCookie;

use super::{assets, filled::Filled, page::Page, visit::Layout};

/// The address of the second step, and the path of its cookie.
pub(super) const PATH: &str = "/sign-in/second-factor";

#[derive(Template)]
#[template(path = "second_step.html")]
pub(super) struct SecondStep {
    layout: Layout,
    form: Filled,
    /// Where the sign-in leads if the refused code was accepted a moment ago, by another click.
    pub(super) next_if_used: Option<String>,
}

impl SecondStep {
    pub(super) fn new(layout: Layout, form: Filled) -> Self {
        Self {
            layout,
            form,
            next_if_used: None,
        }
    }
}

/// Shows the form after the password was right. The cookie holds the challenge.
pub(super) fn begin(challenge: SignInChallenge, layout: Layout, form: Filled) -> Response {
    let page = Page::private(SecondStep::new(layout, form));
    (SecondStepCookie::new(challenge, PATH), page).into_response()
}
