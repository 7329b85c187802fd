//! Signing up.

use std::convert::Infallible;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use guestlist::{
    Admission, AdmittedBecause, Advice, Client, Email, NewUser, Password, Registration,
    SignInError, SignUpRefusal,
};
use guestlist_axum::{CookieSignIn, FieldError, Form, OwnForm, Problem, SessionCookie};

use super::{
    assets,
    filled::{Filled, typed_name},
    flash::FlashMessage,
    labels::label,
    link_page::unreferred,
    page::{Page, Refusal},
    sign_in::is_of,
    sign_up_cookie::set_sign_up_cookie,
    visit::{FormVisit, Layout},
};
use crate::app::{App, SeenApp};

/// Says who sees the name.
pub(super) const NAME_HINT: &str =
    "Optional. It is shown with the events you create. Without a name, “a member” is shown.";
/// The fields of the form that are shown again.
const TYPED: [&str; 2] = ["email", "name"];

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

    /// What the visitor typed into a form that is not shown again, each with the label of its field.
    fn typed(&self) -> Vec<(&'static str, &str)> {
        let fields = TYPED.iter().filter_map(|name| {
            let value = self.form.value(name);
            Some((label(name)?, value)).filter(|_| !value.is_empty())
        });
        fields.collect()
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
    /// Has the address, as it was typed.
    form: Filled,
}

impl SignedUp {
    fn new(layout: Layout, form: &Form) -> Self {
        let form = Filled::kept(form, &["email"]);
        Self { layout, form }
    }
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
    let has_secret = !invitation.is_empty();
    if has_secret {
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
    let page = Page::private(page).into_response();
    Ok(if has_secret { unreferred(page) } else { page })
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
    let problem = match make(&app, cookies.client(), &form, password.clone()).await {
        Ok(Registration::Concealed(made)) => {
            let page = SignedUp::new(layout, &form);
            let cookie = set_sign_up_cookie(&app, &made.sealed);
            return Ok((cookie, Page::private(page)).into_response());
        }
        Ok(Registration::Created(user)) => {
            let signed_in = cookies.sign_in(Some(&user.email), password).await;
            let signed_in = signed_in.map(|(_, cookie)| cookie);
            return Ok(match settled(&app, &form, &user.email, signed_in).await {
                Ok(Settled::In(cookie, Some(setup))) => {
                    (cookie, Redirect::to(&setup)).into_response()
                }
                Ok(Settled::In(cookie, None)) => {
                    (cookie, FlashMessage::SignedUp.then("/")).into_response()
                }
                Ok(settled) => settled.shown(&app, layout, &form),
                // The account exists. If the sign-in failed, the user can repeat it in a moment.
                Err(_) => FlashMessage::SignedUp.then("/sign-in").into_response(),
            });
        }
        Err(problem) => problem,
    };
    let is_taken = problem.code() == "email_taken";
    // The form was sent twice, or the user forgot about the account. The right password signs them
    // in, also if the first time used the invitation up. An unknown address takes as long as a
    // known one.
    let was_used = problem.sign_up() == Some(SignUpRefusal::InvitationUsed);
    let email = Email::parse(form.get("email").unwrap_or_default()).ok();
    if let Some(email) = email.filter(|_| is_taken || was_used) {
        let signed_in = cookies.sign_in(Some(&email), password).await;
        let signed_in = signed_in.map(|(_, cookie)| cookie);
        match settled(&app, &form, &email, signed_in).await {
            Ok(settled) => return Ok(settled.shown(&app, layout, &form)),
            Err(error) => {
                let problem = Problem::from(error);
                // It is unknown whether the password was right.
                if problem.status().is_server_error() {
                    return Err(problem);
                }
            }
        }
    }
    let refusal = Refusal::from(&problem);
    let page = SignUp {
        layout,
        admission: admission(&app, form.get("invitation").unwrap_or_default()).await?,
        form: Filled::kept(&form, &TYPED)
            .with("invitation", form.get("invitation").unwrap_or_default())
            .refused(problem, "email")?,
        name_hint: NAME_HINT,
        hint: new_password_hint(&app),
        is_taken,
    };
    Ok(Page::refused(refusal, page).into_response())
}

/// What a sign-up leads to, once the account exists and the password is right.
enum Settled {
    /// The user is signed in, and continues at the setup link, if that link was used.
    In(SessionCookie, Option<String>),
    /// The user waits for an approval.
    AwaitsApproval,
    /// The user waits for a mail. The browser keeps this sealed text.
    AwaitsMail(String),
}

impl Settled {
    fn shown(self, app: &App, layout: Layout, form: &Form) -> Response {
        match self {
            Self::In(cookie, setup) => {
                let next = setup.unwrap_or_else(|| "/".to_owned());
                (cookie, Redirect::to(&next)).into_response()
            }
            Self::AwaitsApproval => FlashMessage::AwaitsApproval
                .then("/sign-in")
                .into_response(),
            Self::AwaitsMail(sealed) => {
                let cookie = set_sign_up_cookie(app, &sealed);
                (cookie, Page::private(SignedUp::new(layout, form))).into_response()
            }
        }
    }
}

/// Returns what the sign-up leads to.
///
/// # Errors
///
/// The error of the sign-in, if it is unknown that the password is the user's.
async fn settled(
    app: &App,
    form: &Form,
    email: &Email,
    signed_in: Result<SessionCookie, SignInError>,
) -> Result<Settled, SignInError> {
    Ok(match signed_in {
        Ok(cookie) => {
            let invitation = form.get("invitation").unwrap_or_default();
            let is_setup = app.guestlist.is_setup_link(invitation).await;
            let is_setup = is_setup.unwrap_or(false);
            Settled::In(cookie, is_setup.then(|| format!("/setup/{invitation}")))
        }
        Err(SignInError::NotApproved) => Settled::AwaitsApproval,
        Err(SignInError::Unverified) => {
            let user = app.guestlist.find_user_by_email(email).await?;
            let sealed = user.and_then(|user| app.guestlist.seal_sign_up(&user));
            Settled::AwaitsMail(sealed.unwrap_or_default())
        }
        Err(error) => return Err(error),
    })
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
