//! Signing in.

use std::convert::Infallible;

use askama::Template;
use axum::{
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use guestlist::{Email, Password, SignInError};
use guestlist_axum::{CookieSignIn, Form, OwnForm, Problem, local_path};

use super::{
    again::Again,
    ask_for_link::{Asked, LinkFor, ask_for_link},
    assets,
    filled::Filled,
    page::{Page, Refusal},
    resume::after_sign_in,
    second_step_page,
    visit::{FormVisit, Layout},
};
use crate::app::App;

/// The fields that are kept until the user has signed in.
pub(super) const KEPT: [&str; 3] = ["email", "next", "draft"];
/// The field of the buttons that lead to another form with the address that was typed. The address
/// is in no URL.
const INSTEAD: &str = "instead";

/// The local path to continue at after the sign-in, from the query or the form. Empty if
/// neither names one.
pub(super) struct Next(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Next {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let query = Form::parse(query.as_bytes()).unwrap_or_default();
        let again = parts.extensions.get::<Again>();
        let typed = again.and_then(|again| again.typed().get("next"));
        let next = typed.or(query.get("next")).and_then(local_path);
        Ok(Self(next.unwrap_or_default().to_owned()))
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    layout: Layout,
    form: Filled,
    /// Whether the password was right, and the address must be verified first.
    is_unverified: bool,
    /// Whether a new account must be confirmed by mail before its first sign-in.
    conceals: bool,
}

/// `GET /sign-in`: shows the form. A signed-in visitor is redirected.
pub(super) async fn form(
    State(app): State<App>,
    FormVisit(layout): FormVisit,
    Next(next): Next,
) -> Response {
    let is_the_same = layout
        .typed("email")
        .is_none_or(|typed| is_of(typed, &layout));
    if layout.user.is_some() && is_the_same {
        let draft = layout.typed("draft").zip(layout.owner());
        let next = if next.is_empty() { "/" } else { &next };
        return match draft {
            Some((draft, owner)) => after_sign_in(&app, draft, owner, next),
            None => Redirect::to(next).into_response(),
        };
    }
    let form = layout.refill(Filled::default()).with("next", next);
    shown(&app, layout, form)
}

/// Shows the form.
pub(super) fn shown(app: &App, layout: Layout, form: Filled) -> Response {
    let page = SignIn {
        layout,
        form,
        is_unverified: false,
        conceals: app.guestlist.account_rules().conceals(),
    };
    Page::private(page).into_response()
}

/// Whether the typed address is the signed-in user's, in any spelling.
pub(super) fn is_of(typed: &str, layout: &Layout) -> bool {
    let key = |text: &str| {
        Email::parse_local(text)
            .ok()
            .map(|email| email.key().to_owned())
    };
    layout
        .user
        .as_deref()
        .and_then(key)
        .is_some_and(|user| Some(user) == key(typed))
}

/// `POST /sign-in`: checks the e-mail address and password, and starts a session with a cookie. Other
/// buttons lead to other forms, which then have the address.
pub(super) async fn sign_in(
    State(app): State<App>,
    cookies: CookieSignIn,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    if let Some(instead) = form.get(INSTEAD) {
        let link = match instead {
            "reset" => LinkFor::Reset,
            "verify" => LinkFor::Verification,
            _ => return Ok(shown(&app, layout, Filled::kept(&form, &KEPT))),
        };
        let form = Filled::kept(&form, &["email"]);
        return Ok(ask_for_link(&app, link, layout, form, Asked::NotYet));
    }
    let email = Email::parse_local(form.get("email").unwrap_or_default()).ok();
    let password = Password::new(form.get("password").unwrap_or_default());
    match cookies.sign_in(email.as_ref(), password).await {
        Ok((user, cookie)) => {
            let next = form.get("next").and_then(local_path).unwrap_or("/");
            let draft = form.get("draft").unwrap_or_default();
            Ok((cookie, after_sign_in(&app, draft, user.id, next)).into_response())
        }
        Err(SignInError::SecondFactorRequired(challenge)) => {
            let form = Filled::kept(&form, &KEPT);
            Ok(second_step_page::begin(challenge, layout, form))
        }
        Err(error) => {
            let form = Filled::kept(&form, &KEPT);
            refused(&app, error.into(), layout, form)
        }
    }
}

/// Shows the form again, with what is wrong.
pub(super) fn refused(
    app: &App,
    problem: Problem,
    layout: Layout,
    form: Filled,
) -> Result<Response, Problem> {
    let refusal = Refusal::from(&problem);
    let is_unverified = problem.code() == "email_not_verified";
    let form = form.refused(problem, "email")?;
    let page = SignIn {
        layout,
        form,
        is_unverified,
        conceals: app.guestlist.account_rules().conceals(),
    };
    Ok(Page::refused(refusal, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_users_in_any_spelling_and_unreadable_text_is_not() {
        for (user, typed, expected) in [
            ("ada@example.com", " Ada@Example.com", true),
            ("ada@example.com", "bea@example.com", false),
            ("ada@example.com", "nonsense", false),
            ("an old form", "nonsense", false),
        ] {
            let mut layout = Layout::anonymous("a site".into(), "/sign-in");
            layout.user = Some(user.to_owned());
            assert_eq!(is_of(typed, &layout), expected, "{user}, {typed}");
        }
    }
}
