//! The overview of the account, with links to its other pages.

use askama::Template;
use axum::extract::State;
use guestlist_axum::{CurrentUser, Problem};

use super::second_factor::in_words;
use crate::{
    app::App,
    pages::{
        assets,
        filled::Filled,
        page::Page,
        visit::{Layout, Visit},
        when_text,
    },
};

#[derive(Template)]
#[template(path = "account/overview.html")]
pub(super) struct Overview {
    layout: Layout,
    /// The form of the code.
    form: Filled,
    email: String,
    /// Whether the address can be verified: it is not, and mail is sent.
    is_unverified: bool,
    /// The address that the user asked for and that is not confirmed yet.
    pending: Option<String>,
    name: Option<String>,
    since: String,
    since_at: String,
    /// Whether there is a second factor, in words.
    second_factor: String,
}

impl Overview {
    /// Builds the page for the signed-in user.
    pub(super) async fn new(
        app: &App,
        user: &CurrentUser,
        layout: Layout,
        form: Filled,
    ) -> Result<Self, Problem> {
        let sends_mail = app.guestlist.account_rules().sends_mail;
        let pending = match sends_mail {
            true => app.guestlist.pending_email_change(user.id()).await?,
            false => None,
        };
        let user = user.user();
        Ok(Self {
            layout,
            form,
            email: user.email.to_string(),
            second_factor: in_words(app.guestlist.second_factor_of(user.id).await?),
            is_unverified: sends_mail && user.verified_at.is_none(),
            pending: pending.map(|email| email.to_string()),
            name: user.name.as_ref().map(ToString::to_string),
            since: when_text::date(user.created_at),
            since_at: user.created_at.to_string(),
        })
    }
}

/// `GET /account`
pub(super) async fn overview(
    State(app): State<App>,
    user: CurrentUser,
    visit: Visit,
) -> Result<Page<Overview>, Problem> {
    let layout = visit.into_layout();
    let page = Overview::new(&app, &user, layout, Filled::default()).await?;
    Ok(Page::private(page))
}
