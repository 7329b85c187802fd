//! Changing the e-mail address.

use askama::Template;
use axum::response::{IntoResponse, Response};
use guestlist::{Email, Password};
use guestlist_axum::{CurrentSession, FieldError, Form, OwnForm, Problem, SessionCookie};

use crate::{
    app::{App, SeenApp},
    pages::{
        assets,
        filled::Filled,
        flash::FlashMessage,
        page::Page,
        visit::{FormVisit, Layout, MemberVisit},
    },
};

#[derive(Template)]
#[template(path = "account/email.html")]
pub(super) struct ChangeEmail {
    layout: Layout,
    form: Filled,
}

/// `GET /account/email`
pub(super) async fn form(MemberVisit(layout, _): MemberVisit) -> Page<ChangeEmail> {
    let form = layout.refill(Filled::default());
    Page::private(ChangeEmail { layout, form })
}

/// `POST /account/email`: changes the address if the password is right. Checking the password
/// renews the session cookie, also if the address cannot be changed.
pub(super) async fn change_email(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let refused = |problem: Problem, field| {
        let status = problem.status();
        let form = Filled::kept(&form, &["email"]).refused(problem, field)?;
        Ok(Page::refused(status, ChangeEmail { layout, form }).into_response())
    };
    let email = Email::parse(form.get("email").unwrap_or_default()).map_err(FieldError::email);
    let has_password = form.get("password").is_some_and(|typed| !typed.is_empty());
    let missing =
        (!has_password).then(|| FieldError::new("/password", "required", "enter your password"));
    let email = match (email, missing) {
        (Ok(email), None) => email,
        (email, missing) => {
            let mistakes = email.err().into_iter().chain(missing).collect();
            return refused(Problem::invalid(mistakes), "email");
        }
    };
    let cookie = match check_password(&app, &current, &form).await {
        Ok(cookie) => cookie,
        Err(problem) => return refused(problem, "password"),
    };
    let changed = app.guestlist.change_email(current.session().id, email);
    let answer = match changed.await {
        Ok(_) => FlashMessage::EmailChanged.then("/account").into_response(),
        Err(error) => refused(error.into(), "email").into_response(),
    };
    Ok((cookie, answer).into_response())
}

async fn check_password(
    app: &App,
    current: &CurrentSession,
    form: &Form,
) -> Result<Option<SessionCookie>, Problem> {
    let password = Password::new(form.get("password").unwrap_or_default());
    let signed_in = app
        .guestlist
        .reauthenticate(current.session().id, password)
        .await?;
    Ok(signed_in.as_ref().and_then(SessionCookie::of))
}
