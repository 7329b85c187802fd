//! Changing the e-mail address.

use askama::Template;
use axum::response::{IntoResponse, Response};
use guestlist::{Email, EmailChangeRequest, Password};
use guestlist_axum::{CurrentSession, FieldError, Form, OwnForm, Problem, SessionCookie};

use super::second_factor::{asks_code, field_of};
use crate::{
    app::{App, SeenApp},
    pages::{
        assets,
        filled::Filled,
        flash::FlashMessage,
        page::{Page, Refusal},
        visit::{FormVisit, Layout, MemberVisit},
    },
};

#[derive(Template)]
#[template(path = "account/email.html")]
pub(super) struct ChangeEmail {
    layout: Layout,
    form: Filled,
    asks_code: bool,
    /// Whether the new address must be confirmed by a mail.
    sends_mail: bool,
}

/// `GET /account/email`
pub(super) async fn form(
    SeenApp(app): SeenApp,
    MemberVisit(layout, user): MemberVisit,
) -> Result<Page<ChangeEmail>, Problem> {
    let form = layout.refill(Filled::default());
    Ok(Page::private(ChangeEmail {
        layout,
        form,
        asks_code: asks_code(&app, user.map(|user| user.id())).await?,
        sends_mail: app.guestlist.account_rules().sends_mail,
    }))
}

/// `POST /account/email/cancel`: cancels a change that is not confirmed yet.
pub(super) async fn cancel(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    app.guestlist.cancel_email_change(current.user().id).await?;
    Ok(FlashMessage::EmailChangeCancelled
        .then("/account")
        .into_response())
}

/// `POST /account/email`: changes the address if the password is right, or sends a
/// mail to the new one. Checking the password
/// renews the session cookie, also if the address cannot be changed.
pub(super) async fn change_email(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let asks_code = asks_code(&app, Some(current.user().id)).await?;
    let refused = |problem: Problem, field| {
        let refusal = Refusal::from(&problem);
        let form = Filled::kept(&form, &["email"]).refused(problem, field)?;
        let page = ChangeEmail {
            layout,
            form,
            asks_code,
            sends_mail: app.guestlist.account_rules().sends_mail,
        };
        Ok(Page::refused(refusal, page).into_response())
    };
    let email = Email::parse(form.get("email").unwrap_or_default()).map_err(FieldError::email);
    let now = current.user().email.as_given();
    let email = match email {
        Ok(email) if email.as_given() == now => {
            let words = "this is your e-mail address already";
            Err(FieldError::new("/email", "unchanged", words))
        }
        email => email,
    };
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
        Err(problem) => {
            let field = field_of(&problem);
            return refused(problem, field);
        }
    };
    let session = current.session().id;
    let changed = app.guestlist.request_email_change(session, email);
    let answer = match changed.await {
        Ok(EmailChangeRequest::Pending { .. }) => FlashMessage::EmailChangeSent
            .then("/account")
            .into_response(),
        Ok(EmailChangeRequest::Changed(_)) => {
            FlashMessage::EmailChanged.then("/account").into_response()
        }
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
        .reauthenticate(current.session().id, password, form.get("code"))
        .await?;
    Ok(signed_in.as_ref().and_then(SessionCookie::of))
}
