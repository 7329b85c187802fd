//! Signing up.

use std::convert::Infallible;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use guestlist::{
    Admission, AdmittedBecause, Advice, Client, Email, NewUser, Password, Registration, SignInError,
};
use guestlist_axum::{CookieSignIn, FieldError, Form, OwnForm, Problem};

use super::{
    assets,
    filled::{Filled, typed_name},
    flash::FlashMessage,
    page::Page,
    sign_in::is_of,
    sign_up_cookie::set_sign_up_cookie,
    visit::{FormVisit, Layout},
};
use crate::app::{App, SeenApp};

/// Says who sees the name.
const NAME_HINT: &str =
    "Optional. It is shown with the events you create. Without a name, “a member” is shown.";

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUp {
    layout: Layout,
    form: Filled,
    name_hint: &'static str,
    hint: String,
    /// Whether the address is taken. The account may be the visitor's own.
    is_taken: bool,
    admission: Admission,
}

impl SignUp {
    /// Whether there is a form: only if the visitor may sign up.
    fn is_open(&self) -> bool {
        matches!(self.admission, Admission::Admitted(_))
    }
}

/// The token of an invitation or of a setup link, from the query of the address.
pub(super) struct Invited(String);

impl<S: Send + Sync> FromRequestParts<S> for Invited {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let query = Form::parse(query.as_bytes()).unwrap_or_default();
        Ok(Self(query.get("invitation").unwrap_or_default().to_owned()))
    }
}

async fn admission(app: &App, invitation: &str) -> Result<Admission, Problem> {
    let invitation = Some(invitation).filter(|invitation| !invitation.is_empty());
    Ok(app.guestlist.admission(invitation).await?)
}

/// The page after a sign-up that waits for its mail. It is the same for known and unknown addresses.
#[derive(Template)]
#[template(path = "signed_up.html")]
struct SignedUp {
    layout: Layout,
}

/// `GET /sign-up`: shows the form. A signed-in visitor is redirected.
pub(super) async fn form(
    SeenApp(app): SeenApp,
    FormVisit(layout): FormVisit,
    Invited(invitation): Invited,
) -> Result<Response, Problem> {
    let is_the_same = layout
        .typed("email")
        .is_none_or(|typed| is_of(typed, &layout));
    if layout.user.is_some() && is_the_same {
        return Ok(Redirect::to("/").into_response());
    }
    let mut form = layout.refill(Filled::default());
    if !invitation.is_empty() {
        form = form.with("invitation", invitation);
    }
    let page = SignUp {
        // While the stores do not answer, a form that is shown again is worth more than a refusal.
        admission: match admission(&app, form.value("invitation")).await {
            Ok(admission) => admission,
            Err(_) if layout.note().is_some() => Admission::Admitted(AdmittedBecause::Open),
            Err(problem) => return Err(problem),
        },
        form,
        layout,
        name_hint: NAME_HINT,
        hint: new_password_hint(&app),
        is_taken: false,
    };
    Ok(Page::private(page).into_response())
}

/// `POST /sign-up`: creates an account and signs the user in, unless its address
/// must be verified first.
pub(super) async fn sign_up(
    SeenApp(app): SeenApp,
    cookies: CookieSignIn,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let password = Password::new(form.get("password").unwrap_or_default());
    match make(&app, cookies.client(), &form, password.clone()).await {
        Ok(Registration::Concealed(made)) => {
            let page = SignedUp { layout };
            let cookie = set_sign_up_cookie(&app, &made.sealed);
            Ok((cookie, Page::private(page)).into_response())
        }
        Ok(Registration::Created(user)) => {
            Ok(match cookies.sign_in(Some(&user.email), password).await {
                Ok((_, cookie)) => {
                    let invitation = form.get("invitation").unwrap_or_default();
                    let is_setup = app.guestlist.is_setup_link(invitation).await;
                    let next = match is_setup {
                        Ok(true) => format!("/setup/{invitation}"),
                        _ => "/".to_owned(),
                    };
                    (cookie, FlashMessage::SignedUp.then(&next)).into_response()
                }
                Err(SignInError::NotApproved) => FlashMessage::AwaitsApproval
                    .then("/sign-in")
                    .into_response(),
                Err(SignInError::Unverified) => {
                    let sealed = app.guestlist.seal_sign_up(&user).unwrap_or_default();
                    let cookie = set_sign_up_cookie(&app, &sealed);
                    (cookie, Page::private(SignedUp { layout })).into_response()
                }
                // The account exists. If the sign-in failed, the user can repeat it in a moment.
                Err(_) => FlashMessage::SignedUp.then("/sign-in").into_response(),
            })
        }
        Err(problem) => {
            let (status, wait) = (problem.status(), problem.retry_after());
            let is_taken = problem.code() == "email_taken";
            // The form was sent twice, or the user forgot about the account. The right password
            // signs them in.
            if is_taken && let Ok(email) = Email::parse(form.get("email").unwrap_or_default()) {
                match cookies
                    .sign_in(Some(&email), password)
                    .await
                    .map_err(Problem::from)
                {
                    Ok((_, cookie)) => return Ok((cookie, Redirect::to("/")).into_response()),
                    // It is unknown whether the password was right.
                    Err(problem) if problem.status().is_server_error() => return Err(problem),
                    Err(_) => {}
                }
            }
            let page = SignUp {
                layout,
                admission: admission(&app, form.get("invitation").unwrap_or_default()).await?,
                form: Filled::kept(&form, &["email", "name", "invitation"])
                    .refused(problem, "email")?,
                name_hint: NAME_HINT,
                hint: new_password_hint(&app),
                is_taken,
            };
            Ok(Page::refused(status, page)
                .retry_after(wait)
                .into_response())
        }
    }
}

/// Describes the requirements for a new password.
pub(super) fn new_password_hint(app: &App) -> String {
    let least = app.guestlist.policy().min_chars;
    format!("At least {least} characters. Several words in a row are easy to remember.")
}

async fn make(
    app: &App,
    client: &Client,
    form: &Form,
    password: Password,
) -> Result<Registration, Problem> {
    let email = Email::parse(form.get("email").unwrap_or_default()).map_err(FieldError::email);
    let name = typed_name(form).map_err(FieldError::name);
    let (email, name) = match (email, name) {
        (Ok(email), Ok(name)) => (email, name),
        (email, name) => {
            // Signing up checks the password and gives advice. It is checked here only beside other
            // mistakes, so that all are told at once.
            let judged = app.guestlist.policy().check(&password, email.as_ref().ok());
            let judged = judged.map_err(|reason| FieldError::password(reason, &Advice::default()));
            let mistakes = [email.err(), name.err(), judged.err()];
            return Err(Problem::invalid(mistakes.into_iter().flatten().collect()));
        }
    };
    let link = form.get("invitation").filter(|link| !link.is_empty());
    let new = NewUser {
        email,
        name,
        password,
        link: link.map(ToOwned::to_owned),
    };
    Ok(app.guestlist.register(client, new).await?)
}
