//! Signing in.

use askama::Template;
use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use guestlist::{Email, Password};
use guestlist_axum::{CookieSignIn, OwnForm, Problem, local_path};
use serde::Deserialize;

use super::{
    assets,
    filled::Filled,
    page::Page,
    visit::{FormVisit, Frame},
};

/// Where somebody wants to go afterwards.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// That path, if it is one of ours.
    pub(super) fn path(&self) -> &str {
        local_path(&self.next).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    form: Filled,
}

/// `GET /sign-in`: the form. Whoever is signed in goes on.
pub(super) async fn form(FormVisit(frame): FormVisit, Query(next): Query<Next>) -> Response {
    let next = next.path();
    if frame.user.is_some() {
        return Redirect::to(if next.is_empty() { "/" } else { next }).into_response();
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
