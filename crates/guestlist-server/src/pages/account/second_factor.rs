//! The second factor: setting it up, new recovery codes, and removing it.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use guestlist::{RecoveryCode, SecondFactor, SecondFactorError, TotpSetUp, UserId};
use guestlist_axum::{CurrentSession, KnownDevice, OwnForm, Problem};
use qrcode::{EcLevel, QrCode, render::svg};

use crate::{
    app::{App, SeenApp},
    pages::{
        assets,
        filled::Filled,
        flash::FlashMessage,
        page::{Page, Refusal},
        visit::{FormVisit, Layout, MemberVisit, SessionVisit},
        when_text,
    },
};

const OVERVIEW: &str = "/account/second-factor";
const SET_UP: &str = "/account/second-factor/set-up";

#[derive(Template)]
#[template(path = "account/second_factor.html")]
pub(super) struct Overview {
    layout: Layout,
    /// `None` while the stores do not answer.
    is_set: Option<bool>,
    words: String,
    since: String,
    since_at: String,
    /// Whether only a few recovery codes are left.
    is_low: bool,
}

#[derive(Template)]
#[template(path = "account/set_up_totp.html")]
struct SetUp {
    layout: Layout,
    form: Filled,
    /// `None` while the stores do not answer.
    secret: Option<Secret>,
}

/// The secret for the authenticator app.
struct Secret {
    /// The QR code as SVG.
    picture: String,
    /// The secret as text, in groups of four characters.
    groups: Vec<String>,
    /// The address that an app on the same device opens.
    url: String,
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct Codes {
    layout: Layout,
    /// The address of the account and the base URL of the site, so that a printed page names them.
    account: String,
    base_url: String,
    codes: Vec<String>,
    /// Whether the second factor was set up right now.
    is_new: bool,
}

/// Says whether there is a second factor, and how many recovery codes are left.
pub(super) fn in_words(factor: Option<SecondFactor>) -> String {
    match factor {
        None => "off".to_owned(),
        Some(factor) => format!(
            "on, {} of {} recovery codes left",
            factor.codes_left, factor.codes_made
        ),
    }
}

/// Whether a form that asks for the password has to ask for a code, too.
pub(super) async fn asks_code(app: &App, user: Option<UserId>) -> Result<bool, Problem> {
    let Some(user) = user else { return Ok(false) };
    Ok(app.guestlist.second_factor_of(user).await?.is_some())
}

/// Returns the field of a form with a password and a code that a problem is about.
pub(super) fn field_of(problem: &Problem) -> &'static str {
    match problem.code() {
        "second_factor_required" | "wrong_code" | "code_used" | "too_many_tries" => "code",
        _ => "password",
    }
}

/// `GET /account/second-factor`
pub(super) async fn overview(
    SeenApp(app): SeenApp,
    MemberVisit(layout, current): SessionVisit,
) -> Result<Page<Overview>, Problem> {
    let (is_set, factor) = match current {
        Some(current) => {
            let factor = app.guestlist.second_factor_of(current.user().id).await?;
            (Some(factor.is_some()), factor)
        }
        None => (None, None),
    };
    let since = factor.map(|factor| factor.since);
    Ok(Page::private(Overview {
        layout,
        is_set,
        words: in_words(factor),
        since: since.map(when_text::date).unwrap_or_default(),
        since_at: since.map(|at| at.to_string()).unwrap_or_default(),
        is_low: factor.is_some_and(|factor| factor.codes_left <= 3),
    }))
}

/// `POST /account/second-factor/start`: makes the secret, and leads to the page that shows it.
pub(super) async fn start(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    OwnForm(_): OwnForm,
) -> Result<Redirect, Problem> {
    match app.guestlist.start_totp(current.session().id).await {
        Ok(_) => Ok(Redirect::to(SET_UP)),
        Err(SecondFactorError::AlreadySet) => Ok(Redirect::to(OVERVIEW)),
        Err(error) => Err(error.into()),
    }
}

/// `GET /account/second-factor/set-up`: shows the secret and asks for the first code.
pub(super) async fn set_up(
    SeenApp(app): SeenApp,
    MemberVisit(layout, current): SessionVisit,
) -> Result<Response, Problem> {
    let secret = match current {
        Some(current) => match app.guestlist.pending_totp(current.session().id).await? {
            Some(set_up) => Some(shown(&set_up)?),
            None => return Ok(Redirect::to(OVERVIEW).into_response()),
        },
        None => None,
    };
    let form = layout.refill(Filled::default());
    let page = SetUp {
        layout,
        form,
        secret,
    };
    Ok(Page::private(page).into_response())
}

/// `POST /account/second-factor/confirm`: checks the first code, and shows the recovery codes once.
pub(super) async fn confirm(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    browser: KnownDevice,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let session = current.session().id;
    let code = form.get("code").unwrap_or_default();
    match app.guestlist.confirm_totp(session, code).await {
        Ok(codes) => {
            let known = browser.after_set_up(current.user());
            let page = show(&app, &current, layout, &codes, true);
            Ok((known, page).into_response())
        }
        // The first of two clicks made recovery codes, which are shown once.
        Err(SecondFactorError::AlreadySet) => Ok(FlashMessage::SecondFactorAdded
            .then(OVERVIEW)
            .into_response()),
        Err(SecondFactorError::NotSet) => Ok(Redirect::to(OVERVIEW).into_response()),
        Err(error) => {
            let problem = Problem::from(error);
            let refusal = Refusal::from(&problem);
            let form = Filled::default().refused(problem, "code")?;
            let pending = app.guestlist.pending_totp(session).await?;
            let page = SetUp {
                layout,
                form,
                secret: pending.as_ref().map(shown).transpose()?,
            };
            Ok(Page::refused(refusal, page).into_response())
        }
    }
}

/// `POST /account/second-factor/recovery-codes`: makes new recovery codes, and shows them once.
pub(super) async fn regenerate(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    let session = current.session().id;
    match app.guestlist.regenerate_recovery_codes(session).await {
        Ok(codes) => Ok(show(&app, &current, layout, &codes, false)),
        Err(SecondFactorError::NotSet) => Ok(Redirect::to(OVERVIEW).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/second-factor/remove`
pub(super) async fn remove(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    OwnForm(_): OwnForm,
) -> Result<Response, Problem> {
    match app.guestlist.remove_totp(current.session().id).await {
        Ok(()) | Err(SecondFactorError::NotSet) => Ok(FlashMessage::SecondFactorRemoved
            .then(OVERVIEW)
            .into_response()),
        Err(error) => Err(error.into()),
    }
}

fn show(
    app: &App,
    current: &CurrentSession,
    layout: Layout,
    codes: &[RecoveryCode],
    is_new: bool,
) -> Response {
    let codes = codes.iter().map(|code| code.expose().to_string());
    let page = Codes {
        layout,
        account: current.user().email.to_string(),
        base_url: app.base_url.to_string(),
        codes: codes.collect(),
        is_new,
    };
    Page::private(page).into_response()
}

fn shown(set_up: &TotpSetUp) -> Result<Secret, Problem> {
    let secret = set_up.secret.to_base32();
    let groups = secret.as_bytes().chunks(4);
    let groups = groups.map(|group| String::from_utf8_lossy(group).into_owned());
    let url = set_up.otpauth_url().to_string();
    Ok(Secret {
        picture: picture(&url).ok_or_else(Problem::internal)?,
        groups: groups.collect(),
        url,
    })
}

/// Draws a QR code (ISO/IEC 18004): dark on white with a margin of four modules, in both colour
/// schemes, because cameras read no light code on a dark ground. Returns `None` if the text is too
/// long.
fn picture(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let picture = code
        .render::<svg::Color<'_>>()
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .quiet_zone(true)
        .min_dimensions(220, 220)
        .build();
    // A part of a page has no XML declaration.
    let begin = picture.find("<svg")?;
    Some(picture[begin..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_is_dark_on_white_with_a_margin_of_four_modules() {
        let picture = picture("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ").expect("draws");
        assert!(picture.starts_with("<svg "), "{picture}");
        assert!(picture.contains("fill=\"#fff\"") && picture.contains("fill=\"#000\""));
        for forbidden in ["<script", "style=", "<?xml", "href"] {
            assert!(!picture.contains(forbidden), "{forbidden}");
        }
        // The first dark module is the corner of a finder pattern: below and right of the margin.
        let code = QrCode::with_error_correction_level("a", EcLevel::M).expect("draws");
        let with = |quiet| {
            let mut renderer = code.render::<svg::Color<'_>>();
            let renderer = renderer.module_dimensions(1, 1).quiet_zone(quiet);
            renderer.build()
        };
        assert!(with(true).contains("viewBox=\"0 0 29 29\""));
        assert!(with(false).contains("viewBox=\"0 0 21 21\""));
    }

    #[test]
    fn a_text_that_is_too_long_draws_nothing() {
        assert!(picture(&"a".repeat(5_000)).is_none());
    }
}
