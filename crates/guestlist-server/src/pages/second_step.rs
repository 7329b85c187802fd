//! The second step of signing in: a code of the second factor.

use axum::response::{IntoResponse, Redirect, Response};
use guestlist::FinishSignInError;
use guestlist_axum::{OwnForm, Problem, SecondStepCookie, SecondStepSignIn, local_path};

use super::{
    filled::Filled,
    page::{Page, Refusal},
    resume::after_sign_in,
    second_step_page::{PATH, SecondStep},
    sign_in::{self, KEPT, Next},
    visit::{FormVisit, Layout},
    way::{is_of_link, way},
};
use crate::app::{App, SeenApp};

/// `GET /sign-in/second-factor`: shows the form, if the first step was done.
pub(super) async fn form(
    SeenApp(app): SeenApp,
    step: SecondStepSignIn,
    FormVisit(layout): FormVisit,
    Next(next): Next,
) -> Response {
    let form = layout.refill(Filled::default()).with("next", next);
    if step.has_begun() {
        return Page::private(SecondStep::new(layout, form)).into_response();
    }
    let is_new = layout.note().is_none() && form.value("draft").is_empty();
    match led_on(&app, &layout, &form, layout.typed("owner")) {
        Some(led_on) => led_on,
        None if is_new => Redirect::to(&way("/sign-in", form.value("next"))).into_response(),
        // The cookie of the first step has expired. The sign-in keeps what its form carries.
        None => sign_in::shown(&app, layout, form),
    }
}

/// `POST /sign-in/second-factor`: checks the code, and starts a session with a cookie. Another button
/// leads back to the first step.
pub(super) async fn finish(
    SeenApp(app): SeenApp,
    step: SecondStepSignIn,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let kept = Filled::kept(&form, &KEPT);
    if form.get("start_again").is_some() {
        let answer = sign_in::shown(&app, layout, kept);
        return Ok((SecondStepCookie::cleared(PATH), answer).into_response());
    }
    if !step.has_begun()
        && let Some(led_on) = led_on(&app, &layout, &kept, form.get("owner"))
    {
        return Ok(led_on);
    }
    let code = form.get("code").unwrap_or_default();
    match step.finish(code).await {
        Ok((user, cookie)) => {
            let answer = after_sign_in(&app, kept.value("draft"), user.id, next_of(&kept));
            Ok((cookie, SecondStepCookie::cleared(PATH), answer).into_response())
        }
        Err(error @ FinishSignInError::ChallengeExpired) => {
            let answer = sign_in::refused(&app, error.into(), layout, kept)?;
            Ok((SecondStepCookie::cleared(PATH), answer).into_response())
        }
        Err(error) => {
            let problem = Problem::from(error);
            let refusal = Refusal::from(&problem);
            // A used recovery code is a wrong one. It has letters.
            let is_recovery_code = code.contains(|c: char| c.is_ascii_alphabetic());
            let was_used = match problem.code() {
                "wrong_code" => is_recovery_code,
                code => code == "code_used",
            };
            let next = was_used.then(|| next_of(&kept).to_owned());
            let mut page = SecondStep::new(layout, kept.refused(problem, "code")?);
            page.next_if_used = next.filter(|next| !is_of_link(next));
            Ok(Page::refused(refusal, page).into_response())
        }
    }
}

/// Leads to where the sign-in would have led, if it was finished by another click or in another tab.
/// `None` if the visitor is not signed in, or was signed in already when the form was shown to
/// `owner`: then the sign-in may be another user's.
fn led_on(app: &App, layout: &Layout, form: &Filled, owner: Option<&str>) -> Option<Response> {
    let is_in = layout.user.is_some() && owner.is_none_or(str::is_empty);
    let user = layout.owner().filter(|_| is_in)?;
    Some(after_sign_in(app, form.value("draft"), user, next_of(form)))
}

fn next_of(form: &Filled) -> &str {
    local_path(form.value("next")).unwrap_or("/")
}
