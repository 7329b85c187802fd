//! A forgotten password: asking for a link, and setting another password by it.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use guestlist::{Email, Password};
use guestlist_axum::{CookieSignIn, FieldError, OwnForm, Problem, SessionCookie};

use super::{
    ask_for_link::{Asked, LinkFor, ask_for_link},
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

const LINK: LinkFor = LinkFor::Reset;

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
    ask_for_link(&app, LINK, layout, form, Asked::NotYet)
}

/// `POST /reset-password`: queues a mail. The answer is the same for all addresses.
pub(super) async fn request(
    SeenApp(app): SeenApp,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let typed = Filled::kept(&form, &["email"]);
    match Email::parse_local(form.get("email").unwrap_or_default()) {
        Ok(email) => {
            app.guestlist.request_password_reset(&email).await?;
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
