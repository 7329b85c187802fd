//! Changing the password.

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist::Password;
use guestlist_axum::{CurrentSession, OwnForm, Problem, SessionCookie};

use crate::{
    app::App,
    pages::{
        assets,
        done::Done,
        filled::Filled,
        page::Page,
        sign_up::new_password_hint,
        visit::{FormVisit, Frame, MemberVisit},
    },
};

#[derive(Template)]
#[template(path = "account/password.html")]
pub(in crate::pages) struct ChangePassword {
    frame: Frame,
    form: Filled,
    hint: String,
}

/// `GET /account/password`
pub(in crate::pages) async fn form(
    State(app): State<App>,
    MemberVisit(frame, _): MemberVisit,
) -> Page<ChangePassword> {
    Page::private(ChangePassword {
        frame,
        form: Filled::default(),
        hint: new_password_hint(&app),
    })
}

/// `POST /account/password`: changes the password. All other sessions and all personal access
/// tokens end.
pub(in crate::pages) async fn change_password(
    State(app): State<App>,
    current: CurrentSession,
    FormVisit(frame): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let typed = |name| Password::new(form.get(name).unwrap_or_default());
    let (old, new) = (typed("current_password"), typed("new_password"));
    let changed = app
        .guestlist
        .change_password(current.session().id, old, new);
    match changed.await {
        Ok(signed_in) => {
            let cookie = SessionCookie::of(&signed_in);
            Ok((cookie, Done::PasswordChanged.then("/account")).into_response())
        }
        Err(error) => {
            let problem = Problem::from(error);
            let status = problem.status();
            let page = ChangePassword {
                frame,
                form: Filled::default().refused(problem, "current_password")?,
                hint: new_password_hint(&app),
            };
            Ok(Page::refused(status, page).into_response())
        }
    }
}
