//! The cookie of a browser that signed up while addresses are concealed. With it, the link in the
//! mail keeps the password that was typed in that browser.

use std::convert::Infallible;

use crate::app::App;
use axum::{
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, header, request::Parts},
};

/// The name of the cookie. The prefix keeps other hosts from setting it (RFC 6265bis, section 4.1.3).
const NAME: &str = "guestlist-sign-up";
const SECURE_PREFIX: &str = "__Secure-";
/// As long as the sealed text is valid, in seconds.
const SECONDS: u32 = 60 * 60;

/// The value of the cookie in a request; empty without one.
pub(super) struct SignUpCookie(pub(super) String);

impl FromRequestParts<App> for SignUpCookie {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let name = name(app);
        let lines = parts.headers.get_all(header::COOKIE).iter();
        let lines = lines.filter_map(|line| line.to_str().ok());
        let mut pairs = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let found = pairs.find(|(found, _)| *found == name);
        let value = found.map(|(_, value)| value).unwrap_or_default();
        Ok(Self(value.to_owned()))
    }
}

/// Returns the header that sets the cookie. Only the page of the link gets it.
pub(super) fn set_sign_up_cookie(
    app: &App,
    sealed: &str,
) -> Option<[(HeaderName, HeaderValue); 1]> {
    let name = name(app);
    let secure = if is_https(app) { "; Secure" } else { "" };
    let cookie = format!(
        "{name}={sealed}; Path=/verify-email; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}"
    );
    let cookie = HeaderValue::try_from(cookie).ok()?;
    Some([(header::SET_COOKIE, cookie)])
}

fn name(app: &App) -> String {
    let prefix = if is_https(app) { SECURE_PREFIX } else { "" };
    format!("{prefix}{NAME}")
}

fn is_https(app: &App) -> bool {
    app.base_url.starts_with("https:")
}
