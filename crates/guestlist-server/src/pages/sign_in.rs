//! Signing in.

use std::convert::Infallible;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use guestlist::{Email, Password};
use guestlist_axum::{CookieSignIn, Form, OwnForm, Problem, local_path};

use super::{
    assets,
    filled::Filled,
    page::Page,
    visit::{FormVisit, Frame},
};

/// Where somebody wants to go afterwards, as the address says it: a path of ours, or nothing.
pub(super) struct Next(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Next {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let query = Form::parse(query.as_bytes()).unwrap_or_default();
        let next = query.get("next").and_then(local_path);
        Ok(Self(next.unwrap_or_default().to_owned()))
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    form: Filled,
}

/// `GET /sign-in`: the form. Whoever is signed in goes on.
pub(super) async fn form(FormVisit(frame): FormVisit, Next(next): Next) -> Response {
    if frame.user.is_some() {
        return Redirect::to(if next.is_empty() { "/" } else { &next }).into_response();
    }
    let form = Filled::default().with("next", next);
    Page::private(SignIn { frame, form }).into_response()
}

/// `POST /sign-in`: trades an e-mail address and a password for a session, which the browser holds by a
/// cookie.
pub(super) async fn sign_in(
    door: CookieSignIn,
    FormVisit(frame): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let email = Email::parse(form.get("email").unwrap_or_default()).ok();
    let password = Password::new(form.get("password").unwrap_or_default());
    match door.sign_in(email.as_ref(), password).await {
        Ok((_, cookie)) => {
            let next = form.get("next").and_then(local_path).unwrap_or("/");
            Ok((cookie, Redirect::to(next)).into_response())
        }
        Err(error) => {
            let problem = Problem::from(error);
            let status = problem.status();
            let form = Filled::kept(&form, &["email", "next"]).refused(problem, "email")?;
            Ok(Page::refused(status, SignIn { frame, form }).into_response())
        }
    }
}
