//! Verifying the address of an account: asking for a link, and using it.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use guestlist::{Email, Password, User};
use guestlist_axum::{FieldError, OwnForm, Problem};

use super::{
    ask_for_link::{Asked, LinkFor, ask_for_link},
    assets,
    filled::Filled,
    flash::FlashMessage,
    link_page::{Instead, Used, link_page, refused, refused_link, unreferred},
    page::{Page, Refusal},
    sign_up::new_password_hint,
    sign_up_cookie::SignUpCookie,
    visit::{FormVisit, Layout},
};
use crate::app::{App, SeenApp};

/// The address at which a visitor asks for a link.
pub(super) const ASK: &str = "/verify-email";

const LINK: LinkFor = LinkFor::Verification;

const NEW_LINK: Instead = Instead {
    heading: "This link does nothing",
    used: Used {
        words: "If you used it, your address is verified.",
        link: ("/account", "Go to your account"),
    },
    advice: "If your address is not verified yet, ask for a new link.",
    link: Some((ASK, "Ask for a new link")),
};

#[derive(Template)]
#[template(path = "verify_email.html")]
struct VerifyEmail {
    layout: Layout,
    /// The secret of the address, for the form.
    token: String,
    form: Filled,
    email: String,
    hint: String,
    /// Whether the account was not made in this browser, so that its owner sets a password here.
    sets_password: bool,
}

/// `GET /verify-email`: asks for the address.
pub(super) async fn ask(SeenApp(app): SeenApp, FormVisit(layout): FormVisit) -> Response {
    let form = layout.refill(Filled::default());
    ask_for_link(&app, LINK, layout, form, Asked::NotYet)
}

/// `POST /verify-email`: queues a mail. The answer is the same for all addresses.
pub(super) async fn request(
    SeenApp(app): SeenApp,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let typed = Filled::kept(&form, &["email"]);
    match Email::parse_local(form.get("email").unwrap_or_default()) {
        Ok(email) => {
            app.guestlist.request_email_verification_of(&email).await?;
            Ok(ask_for_link(&app, LINK, layout, typed, Asked::Sent))
        }
        Err(error) => {
            let problem = Problem::from(FieldError::email(error));
            let refused = Asked::Refused(Refusal::from(&problem));
            let form = typed.refused(problem, "email")?;
            Ok(ask_for_link(&app, LINK, layout, form, refused))
        }
    }
}

/// `GET /verify-email/{token}`: shows a button, and changes nothing.
pub(super) async fn form(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    cookie: SignUpCookie,
    FormVisit(layout): FormVisit,
) -> Result<Response, Problem> {
    let user = match app.guestlist.check_verification_link(&token).await {
        Ok(user) => user,
        Err(error) => return refused_link(error, layout, NEW_LINK),
    };
    let page = VerifyEmail {
        sets_password: !is_own_browser(&app, &user, &layout, &cookie),
        layout,
        token,
        form: Filled::default(),
        email: user.email.to_string(),
        hint: new_password_hint(&app),
    };
    Ok(link_page(Page::private(page)))
}

/// `POST /verify-email/{token}`: verifies the address. No user is signed in by it. In another browser
/// than the one that signed up, the owner of the mailbox sets the password.
pub(super) async fn verify(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    cookie: SignUpCookie,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let user = match app.guestlist.check_verification_link(&token).await {
        Ok(user) => user,
        Err(error) => return refused_link(error, layout, NEW_LINK),
    };
    let sets_password = !is_own_browser(&app, &user, &layout, &cookie);
    let new = || Password::new(form.get("new_password").unwrap_or_default());
    let verified =
        app.guestlist
            .confirm_email_verification(&token, sets_password.then(new), Some(&cookie.0));
    match verified.await {
        Ok(_) => {
            let next = if layout.is_in { "/account" } else { "/sign-in" };
            let done = FlashMessage::EmailVerified.then(next).into_response();
            Ok(unreferred(done))
        }
        Err(error) => {
            let problem = Problem::from(error);
            if problem.code() == "invalid_link" {
                return refused(problem, layout, NEW_LINK);
            }
            let refusal = Refusal::from(&problem);
            let page = VerifyEmail {
                layout,
                token,
                form: Filled::default().refused(problem, "new_password")?,
                email: user.email.to_string(),
                hint: new_password_hint(&app),
                sets_password,
            };
            Ok(link_page(Page::refused(refusal, page)))
        }
    }
}

/// Whether the account was made in this browser, as far as it can tell: it has a session of the
/// user, or the cookie of a concealed sign-up.
fn is_own_browser(app: &App, user: &User, layout: &Layout, cookie: &SignUpCookie) -> bool {
    let is_signed_in = layout.user.is_some() && layout.owner() == Some(user.id);
    is_signed_in || app.guestlist.made_sign_up(user, &cookie.0)
}
