//! The second step of signing in: a code of the second factor.

use axum::response::{IntoResponse, Redirect, Response};
use guestlist::FinishSignInError;
use guestlist_axum::{OwnForm, Problem, SecondStepCookie, SecondStepSignIn, local_path};

use super::{
    filled::Filled,
    page::Page,
    resume::after_sign_in,
    second_step_page::{PATH, SecondStep},
    sign_in::{self, Next},
    visit::FormVisit,
};
use crate::app::SeenApp;

/// `GET /sign-in/second-factor`: shows the form, if the first step was done.
pub(super) async fn form(
    step: SecondStepSignIn,
    FormVisit(layout): FormVisit,
    Next(next): Next,
) -> Response {
    if !step.has_begun() {
        return Redirect::to("/sign-in").into_response();
    }
    let form = layout.refill(Filled::default()).with("next", next);
    Page::private(SecondStep { layout, form }).into_response()
}

/// `POST /sign-in/second-factor`: checks the code, and starts a session with a cookie.
pub(super) async fn finish(
    SeenApp(app): SeenApp,
    step: SecondStepSignIn,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    match step.finish(form.get("code").unwrap_or_default()).await {
        Ok((user, cookie)) => {
            let next = form.get("next").and_then(local_path).unwrap_or("/");
            let draft = form.get("draft").unwrap_or_default();
            let answer = after_sign_in(&app, draft, user.id, next);
            Ok((cookie, SecondStepCookie::cleared(PATH), answer).into_response())
        }
        Err(error @ FinishSignInError::ChallengeExpired) => {
            let form = Filled::kept(&form, &["next", "draft"]);
            let answer = sign_in::refused(&app, error.into(), layout, form)?;
            Ok((SecondStepCookie::cleared(PATH), answer).into_response())
        }
        Err(error) => {
            let problem = Problem::from(error);
            let (status, wait) = (problem.status(), problem.retry_after());
            let form = Filled::kept(&form, &["next", "draft"]).refused(problem, "code")?;
            let page = Page::refused(status, SecondStep { layout, form }).retry_after(wait);
            Ok(page.into_response())
        }
    }
}
