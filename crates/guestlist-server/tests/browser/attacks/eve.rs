//! Somebody who has an account here too, and means Ada no good.

use crate::server::{PASSWORD, Server};

/// She has one by what [`Server::with_events`] leaves.
pub(super) const EVE: &str = "bo@harbour.example";

/// What she holds, having signed in by page.
pub(super) struct Eve {
    /// What opens her session.
    pub(super) session: String,
    /// The token of a form that she was shown in it.
    pub(super) token: String,
    /// What the form of the sign-in was bound to, and its token.
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

/// What the names of cookies begin with here.
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
