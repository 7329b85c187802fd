//! The overview of the account, with links to its other pages.

use askama::Template;
use axum::extract::State;
use guestlist_axum::{CurrentUser, Problem};

use super::second_factor::in_words;
use crate::{
    app::App,
    pages::{
        assets,
        page::Page,
        visit::{Layout, Visit},
        when_text,
    },
};

#[derive(Template)]
#[template(path = "account/overview.html")]
pub(super) struct Overview {
    layout: Layout,
    email: String,
    name: Option<String>,
    since: String,
    since_at: String,
    /// Whether there is a second factor, in words.
    second_factor: String,
}

/// `GET /account`
pub(super) async fn overview(
    State(app): State<App>,
    user: CurrentUser,
    visit: Visit,
) -> Result<Page<Overview>, Problem> {
    let user = user.user();
    let second_factor = app.guestlist.second_factor_of(user.id).await?;
    Ok(Page::private(Overview {
        layout: visit.into_layout(),
        email: user.email.to_string(),
        name: user.name.as_ref().map(ToString::to_string),
        since: when_text::date(user.created_at),
        since_at: user.created_at.to_string(),
        second_factor: in_words(second_factor),
    }))
}
