//! Changing the password.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist::{Advice, Password, PasswordError};
use guestlist_axum::{CookieSignIn, CurrentSession, FieldError, OwnForm, Problem};

use crate::{
    app::{App, SeenApp},
    pages::{
        assets,
        filled::Filled,
        flash::FlashMessage,
        page::{Page, Refusal},
        sign_up::new_password_hint,
        visit::{FormVisit, Layout, MemberVisit},
    },
};

#[derive(Template)]
#[template(path = "account/password.html")]
pub(super) struct ChangePassword {
    layout: Layout,
    form: Filled,
    hint: String,
}

/// `GET /account/password`
pub(super) async fn form(
    State(app): State<App>,
    MemberVisit(layout, _): MemberVisit,
) -> Page<ChangePassword> {
    Page::private(ChangePassword {
        layout,
        form: Filled::default(),
        hint: new_password_hint(&app),
    })
}

/// `POST /account/password`: changes the password. All other sessions and all personal access
/// tokens end.
pub(super) async fn change_password(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    signing_in: CookieSignIn,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let typed = |name| Password::new(form.get(name).unwrap_or_default());
    let (old, new) = (typed("current_password"), typed("new_password"));
    let again = |problem: Problem| {
        let refusal = Refusal::from(&problem);
        let page = ChangePassword {
            layout,
            form: Filled::default().refused(problem, "current_password")?,
            hint: new_password_hint(&app),
        };
        Ok(Page::refused(refusal, page).into_response())
    };
    let is_empty = form.get("current_password").is_none_or(str::is_empty);
    let mistakes = mistakes(&app, &current, is_empty, &new);
    if !mistakes.is_empty() {
        return again(Problem::invalid(mistakes));
    }
    let changed = signing_in.change_password(current.session(), old, new);
    match changed.await {
        Ok(cookie) => Ok((cookie, FlashMessage::PasswordChanged.then("/account")).into_response()),
        Err(error) => again(error.into()),
    }
}

/// Returns what can be said before the current password is checked: that it is missing, and what is
/// wrong with the length of the new one.
fn mistakes(
    app: &App,
    current: &CurrentSession,
    is_empty: bool,
    new: &Password,
) -> Vec<FieldError> {
    let (policy, email) = (app.guestlist.policy(), &current.user().email);
    let missing = is_empty.then(|| {
        FieldError::new(
            "/current_password",
            "required",
            "enter your current password",
        )
    });
    let judged = policy.check(new, Some(email)).err();
    let advice = match judged {
        // A short text is looked at quickly.
        Some(PasswordError::TooShort(_)) => policy.advice(new, email),
        _ => Advice::default(),
    };
    // The use case refuses the other passwords, with advice.
    let judged = judged.filter(|reason| {
        let is_length = matches!(
            reason,
            PasswordError::TooShort(_) | PasswordError::TooLong(_)
        );
        is_empty || is_length
    });
    let judged = judged.map(|reason| FieldError {
        pointer: "/new_password".to_owned(),
        ..FieldError::password(reason, &advice)
    });
    missing.into_iter().chain(judged).collect()
}
