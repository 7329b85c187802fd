//! A forgotten password: asking for a link, and setting another password by it.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use guestlist::{Email, Password};
use guestlist_axum::{CookieSignIn, FieldError, OwnForm, Problem, SessionCookie};

use super::{
    assets,
    filled::Filled,
    flash::FlashMessage,
    link_page::{Instead, Used, link_page, refused, refused_link, unreferred},
    page::{Page, Refusal},
    sign_up::new_password_hint,
    visit::{FormVisit, Layout},
};
use crate::app::SeenApp;

/// The address at which a visitor asks for a link.
pub(super) const ASK: &str = "/reset-password";

const NEW_LINK: Instead = Instead {
    heading: "This link does nothing",
    used: Used {
        words: "If you used it, the password that you set is in force.",
        link: ("/sign-in", "Sign in"),
    },
    advice: "You can ask for a new link at any time.",
    link: Some((ASK, "Ask for a new link")),
};

#[derive(Template)]
#[template(path = "request_reset.html")]
struct RequestReset {
    layout: Layout,
    form: Filled,
    sends_mail: bool,
    /// Whether a request was taken just now.
    is_sent: bool,
}

#[derive(Template)]
#[template(path = "reset_password.html")]
struct ResetPassword {
    layout: Layout,
    /// The secret of the address, for the form.
    token: String,
    form: Filled,
    hint: String,
}

/// `GET /reset-password`: asks for the address.
pub(super) async fn ask(SeenApp(app): SeenApp, FormVisit(layout): FormVisit) -> Response {
    let form = layout.refill(Filled::default());
    let sends_mail = app.guestlist.account_rules().sends_mail;
    let page = RequestReset {
        layout,
        form,
        sends_mail,
        is_sent: false,
    };
    Page::private(page).into_response()
}

/// `POST /reset-password`: queues a mail. The answer is the same for all addresses.
pub(super) async fn request(
    SeenApp(app): SeenApp,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let sends_mail = app.guestlist.account_rules().sends_mail;
    let typed = Filled::kept(&form, &["email"]);
    match Email::parse_local(form.get("email").unwrap_or_default()) {
        Ok(email) => {
            app.guestlist.request_password_reset(&email).await?;
            let page = RequestReset {
                layout,
                form: typed,
                sends_mail,
                is_sent: true,
            };
            Ok(Page::private(page).into_response())
        }
        Err(error) => {
            let problem = Problem::from(FieldError::email(error));
            let refusal = Refusal::from(&problem);
            let page = RequestReset {
                layout,
                form: typed.refused(problem, "email")?,
                sends_mail,
                is_sent: false,
            };
            Ok(Page::refused(refusal, page).into_response())
        }
    }
}

/// `GET /reset-password/{token}`: shows the form, and changes nothing.
pub(super) async fn form(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    FormVisit(layout): FormVisit,
) -> Result<Response, Problem> {
    if let Err(error) = app.guestlist.check_reset_link(&token).await {
        return refused_link(error, layout, NEW_LINK);
    }
    let page = ResetPassword {
        layout,
        token,
        form: Filled::default(),
        hint: new_password_hint(&app),
    };
    Ok(link_page(Page::private(page)))
}

/// `POST /reset-password/{token}`: sets the password. The visitor is not signed in, and a session
/// of this browser ends as all others of the user do. The browser is remembered, if it keeps cookies.
pub(super) async fn reset(
    SeenApp(app): SeenApp,
    Path(token): Path<String>,
    FormVisit(layout): FormVisit,
    browser: Result<CookieSignIn, Problem>,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let new = Password::new(form.get("new_password").unwrap_or_default());
    let reset = match browser {
        Ok(browser) => browser.reset_password(&token, new).await,
        Err(_) => {
            let reset = app.guestlist.confirm_password_reset(&token, new).await;
            reset.map(|_| SessionCookie::cleared())
        }
    };
    match reset {
        Ok(cookie) => {
            let done = FlashMessage::PasswordReset.then("/sign-in");
            let response = (cookie, done).into_response();
            Ok(unreferred(response))
        }
        Err(error) => {
            let problem = Problem::from(error);
            if problem.code() == "invalid_link" {
                return refused(problem, layout, NEW_LINK);
            }
            let refusal = Refusal::from(&problem);
            let page = ResetPassword {
                layout,
                token,
                form: Filled::default().refused(problem, "new_password")?,
                hint: new_password_hint(&app),
            };
            Ok(link_page(Page::refused(refusal, page)))
        }
    }
}
