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
        filled::Filled,
        flash::FlashMessage,
        page::Page,
        sign_up::new_password_hint,
        visit::{FormVisit, Layout, MemberVisit},
    },
};

#[derive(Template)]
#[template(path = "account/password.html")]
pub(in crate::pages) struct ChangePassword {
    layout: Layout,
    form: Filled,
    hint: String,
}

/// `GET /account/password`
pub(in crate::pages) async fn form(
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
pub(in crate::pages) async fn change_password(
    State(app): State<App>,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
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
            Ok((cookie, FlashMessage::PasswordChanged.then("/account")).into_response())
        }
        Err(error) => {
            let problem = Problem::from(error);
            let status = problem.status();
            let page = ChangePassword {
                layout,
                form: Filled::default().refused(problem, "current_password")?,
                hint: new_password_hint(&app),
            };
            Ok(Page::refused(status, page).into_response())
        }
    }
}
