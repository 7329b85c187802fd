//! Entering the password again, before actions that require it.

use askama::Template;
use axum::response::{IntoResponse, Response};
use guestlist::Password;
use guestlist_axum::{CurrentSession, OwnForm, Problem, SessionCookie, local_path};

use super::second_factor::{asks_code, field_of};
use crate::{
    app::SeenApp,
    pages::{
        assets,
        filled::Filled,
        page::{Page, Refusal},
        resume::after_sign_in,
        sign_in::Next,
        visit::{FormVisit, Layout, MemberVisit},
    },
};

#[derive(Template)]
#[template(path = "account/reauthenticate.html")]
pub(super) struct Reauthenticate {
    layout: Layout,
    form: Filled,
    asks_code: bool,
}

/// `GET /account/proof`
pub(super) async fn form(
    SeenApp(app): SeenApp,
    MemberVisit(layout, user): MemberVisit,
    Next(next): Next,
) -> Result<Page<Reauthenticate>, Problem> {
    let form = layout.refill(Filled::default()).with("next", next);
    Ok(Page::private(Reauthenticate {
        layout,
        form,
        asks_code: asks_code(&app, user.map(|user| user.id())).await?,
    }))
}

/// `POST /account/proof`: records in the session that the user entered the password, and returns to
/// the action that required it.
pub(super) async fn reauthenticate(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let password = Password::new(form.get("password").unwrap_or_default());
    let checked = app
        .guestlist
        .reauthenticate(current.session().id, password, form.get("code"))
        .await;
    match checked {
        Ok(signed_in) => {
            let cookie = signed_in.as_ref().and_then(SessionCookie::of);
            let next = form.get("next").and_then(local_path).unwrap_or("/account");
            let draft = form.get("draft").unwrap_or_default();
            let answer = after_sign_in(&app, draft, current.user().id, next);
            Ok((cookie, answer).into_response())
        }
        Err(error) => {
            let problem = Problem::from(error);
            let refusal = Refusal::from(&problem);
            let field = field_of(&problem);
            let form = Filled::kept(&form, &["next", "draft"]).refused(problem, field)?;
            let page = Reauthenticate {
                layout,
                form,
                asks_code: asks_code(&app, Some(current.user().id)).await?,
            };
            Ok(Page::refused(refusal, page).into_response())
        }
    }
}
