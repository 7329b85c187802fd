//! A user of this server who attacks Ada.

use crate::server::{PASSWORD, Server};

/// The address of an account that [`Server::with_events`] creates.
pub(super) const EVE: &str = "bo@harbour.example";

/// Her session and tokens after a sign-in on a page.
pub(super) struct Eve {
    /// The value of her session cookie.
    pub(super) session: String,
    /// A CSRF token of her session.
    pub(super) token: String,
    /// The form cookie of the sign-in page, and its CSRF token.
    pub(super) visit: (String, String),
}

impl Eve {
    pub(super) fn signed_in(server: &Server) -> Self {
        let page = server.answer("GET", "/sign-in", "", "");
        let visit = (cookie(&page, "guestlist-form"), token(&page));
        let form = format!(
            "email={}&password={}&csrf_token={}",
            EVE.replace('@', "%40"),
            PASSWORD.replace(' ', "+"),
            visit.1
        );
        let headers = format!(
            "Content-Type: application/x-www-form-urlencoded\r\nCookie: {0}guestlist-form={1}\r\n",
            prefix(&page),
            visit.0
        );
        let page = server.answer("POST", "/sign-in", &headers, &form);
        let session = cookie(&page, "guestlist");
        let headers = format!("Cookie: {}guestlist={session}\r\n", prefix(&page));
        let page = server.answer("GET", "/account", &headers, "");
        assert!(page.contains(EVE), "{page}");
        Self {
            token: token(&page),
            session,
            visit,
        }
    }
}

/// The prefix of cookie names on this server.
fn prefix(answer: &str) -> &'static str {
    if answer.contains("__Host-") {
        "__Host-"
    } else {
        ""
    }
}

fn cookie(answer: &str, name: &str) -> String {
    between(answer, &format!("{name}="), ";")
}

fn token(answer: &str) -> String {
    between(answer, "name=\"csrf_token\" value=\"", "\"")
}

fn between(text: &str, before: &str, after: &str) -> String {
    let found = text
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once(after));
    let (found, _) = found.unwrap_or_else(|| panic!("no {before} in {text}"));
    found.to_owned()
}
