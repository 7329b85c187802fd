//! The visitor of a page, and what the layout shows around the page.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use guestlist::{Role, UserId};
use guestlist_axum::{CsrfToken, CurrentSession, CurrentUser, Form, Problem};

use super::{
    again::{Again, Assumed},
    filled::Filled,
    flash::FlashMessage,
    form_page::page_of_form,
    note::Note,
    typed::{Cut, Draft},
};
use crate::app::App;

/// A visitor, signed in or not.
pub(super) struct Visit {
    user: Option<CurrentUser>,
    layout: Layout,
}

/// The visitor of a page that always has a form.
pub(super) struct FormVisit(pub(super) Layout);

/// The visitor of a page whose form is for users; a visitor who is not signed in is refused. While
/// the stores do not answer, a refused form is shown again without a user (`None`).
pub(super) struct MemberVisit<U = CurrentUser>(pub(super) Layout, pub(super) Option<U>);

/// What the layout shows around a page.
pub(super) struct Layout {
    /// The name of the site: `server.name`.
    pub(super) site_name: Arc<str>,
    /// The e-mail address of the signed-in user.
    pub(super) user: Option<String>,
    /// Whether the visitor is signed in. It may be true without `user`, while the stores do not
    /// answer.
    pub(super) is_in: bool,
    /// Whether the signed-in user is an administrator.
    pub(super) is_admin: bool,
    /// The id of the user to whom a form is shown. It ties a draft to its user.
    pub(super) owner: Option<String>,
    /// The form token (CSRF); empty if the page has no form.
    pub(super) csrf: String,
    /// The flash messages, in the order in which the page shows them.
    pub(super) flashes: Vec<FlashMessage>,
    /// A refused form to show again.
    again: Option<Again>,
    path: String,
}

impl Visit {
    /// Returns the signed-in user.
    pub(super) fn user(&self) -> Option<&CurrentUser> {
        self.user.as_ref()
    }

    /// Returns the layout's data for this visitor.
    pub(super) fn into_layout(self) -> Layout {
        self.layout
    }
}

impl Layout {
    /// Describes a visitor about whom nothing is known.
    pub(super) fn anonymous(site_name: Arc<str>, path: &str) -> Self {
        Self {
            site_name,
            user: None,
            is_in: false,
            is_admin: false,
            owner: None,
            csrf: String::new(),
            flashes: Vec::new(),
            again: None,
            path: path.to_owned(),
        }
    }

    /// Whether the page is at `address` or below it.
    pub(super) fn is_at(&self, address: &str) -> bool {
        let below = self.path.strip_prefix(address);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether the site has the name of this program.
    pub(super) fn is_called_guestlist(&self) -> bool {
        self.site_name.eq_ignore_ascii_case("guestlist")
    }

    /// Why a form of the page is shown again.
    pub(super) fn note(&self) -> Option<&Note> {
        self.again.as_ref().and_then(Again::note)
    }

    /// Whether the form was shown to another user than the one who is signed in now.
    pub(super) fn is_of_another_user(&self) -> bool {
        self.typed("owner")
            .is_some_and(|owner| Some(owner) != self.owner.as_deref())
    }

    /// Returns the id of the signed-in user.
    pub(super) fn owner(&self) -> Option<UserId> {
        self.owner.as_deref()?.parse().ok()
    }

    /// Returns what was sent in this field of a form that is shown again.
    pub(super) fn typed(&self, name: &str) -> Option<&str> {
        self.again.as_ref()?.typed().get(name)
    }

    /// What is missing of a form that is shown again.
    pub(super) fn cut(&self) -> Option<&Cut> {
        self.again.as_ref()?.typed().cut()
    }

    /// Fills the form with what was sent, if it is shown again.
    pub(super) fn refill(&self, mut form: Filled) -> Filled {
        if let Some(again) = &self.again {
            for (name, value) in again.typed().fields() {
                form = form.with(name, value);
            }
            if let Some(draft) = again.draft() {
                form = form.with("draft", draft);
            }
        }
        form
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let mut layout = Layout {
            flashes: FlashMessage::take(parts).into_iter().collect(),
            again: parts.extensions.get().cloned(),
            ..Layout::anonymous(Arc::clone(&app.name), parts.uri.path())
        };
        if let Some(assumed) = parts.extensions.get::<Assumed>().copied() {
            let token = CsrfToken::without_lookup(parts)?;
            layout.is_in = token.has_session();
            layout.is_admin = layout.is_in && assumed.is_admin;
            layout.owner = layout.typed("owner").map(str::to_owned);
            layout.csrf = token.as_str().to_owned();
            return Ok(Self { user: None, layout });
        }
        let user = Option::<CurrentUser>::from_request_parts(parts, app).await?;
        // A page without a form has no token, and may therefore be compressed.
        if let Some(user) = &user {
            layout.is_in = true;
            layout.is_admin = user.user().role == Role::Admin;
            layout.user = Some(user.email().to_string());
            layout.owner = Some(user.id().to_string());
            layout.csrf = token(parts, app).await?;
            if layout.again.is_none()
                && let Some(sealed) = draft_in_address(parts)
            {
                layout.again = resumed(parts, app, user.id(), &sealed);
                if layout.again.is_none() {
                    layout.flashes.push(FlashMessage::DraftUnreadable);
                }
            }
        }
        Ok(Self { user, layout })
    }
}

impl FromRequestParts<App> for FormVisit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let mut layout = visit.into_layout();
        if layout.csrf.is_empty() {
            layout.csrf = token(parts, app).await?;
        }
        Ok(Self(layout))
    }
}

impl<U> FromRequestParts<App> for MemberVisit<U>
where
    U: FromRequestParts<App, Rejection = Problem> + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let user = match parts.extensions.get::<Assumed>() {
            None => Some(U::from_request_parts(parts, app).await?),
            Some(_) => None,
        };
        let FormVisit(layout) = FormVisit::from_request_parts(parts, app).await?;
        if user.is_none() && !layout.is_in {
            return Err(Problem::not_authenticated());
        }
        Ok(Self(layout, user))
    }
}

/// For forms that need a session; access tokens are not accepted.
pub(super) type SessionVisit = MemberVisit<CurrentSession>;

/// Returns the sealed draft in the address of a page with a form.
fn draft_in_address(parts: &Parts) -> Option<String> {
    let path = parts.uri.path();
    let query = parts
        .uri
        .query()
        .filter(|_| page_of_form(path) == Some(path))?;
    let query = Form::parse(query.as_bytes()).ok()?;
    query.get("draft").map(str::to_owned)
}

/// Returns the form of the sealed draft, if it is this user's and the page shows that form.
fn resumed(parts: &Parts, app: &App, user: UserId, sealed: &str) -> Option<Again> {
    let draft = Draft::read(&app.guestlist.open_draft(user, sealed)?)?;
    let is_of_page = draft.is_opened && draft.page == parts.uri.path();
    is_of_page.then(|| Again::resumed(draft.typed))
}

async fn token(parts: &mut Parts, app: &App) -> Result<String, Problem> {
    let token = CsrfToken::from_request_parts(parts, app).await?;
    Ok(token.as_str().to_owned())
}
