//! An installation that sends its mails to the mail server of a test.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::server::{MailServer, wait_until};
use crate::{
    binary::Server,
    client::{Client, Reply},
    test_app::PASSWORD,
    users::Installation,
};

/// No request names this host: the requests of the tests name `localhost`.
pub(super) const BASE_URL: &str = "https://plan.example";
const FORM: &str = "application/x-www-form-urlencoded";

/// An installation whose base URL makes it public, so that it conceals which addresses it knows.
pub(super) struct Site {
    pub(super) installation: Installation,
    settings: Vec<(String, String)>,
}

impl Site {
    /// An installation with this `mail.url`.
    pub(super) fn with_mail(url: &str) -> Self {
        let settings = [
            ("GUESTLIST_SERVER__BASE_URL", BASE_URL),
            ("GUESTLIST_SERVER__HOSTS", "localhost"),
            ("GUESTLIST_MAIL__URL", url),
            ("GUESTLIST_MAIL__FROM", "events@plan.example"),
            ("GUESTLIST_PASSWORDS__WAIT", "30"),
            ("GUESTLIST_LIMITS__SIGN_UPS_BY_NETWORK", "10000/0.1"),
            ("GUESTLIST_LIMITS__SIGN_UPS_BY_WIDER_NETWORK", "10000/0.1"),
            ("GUESTLIST_LIMITS__MAILS_BY_NETWORK", "10000/0.1"),
        ];
        let owned = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            installation: Installation::of_files(),
            settings: owned.into(),
        }
    }

    /// An installation that sends to that mail server.
    pub(super) fn sending_to(mails: &MailServer) -> Self {
        Self::with_mail(&format!("smtp://127.0.0.1:{}", mails.port()))
    }

    /// The same with another value of this setting.
    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.retain(|(other, _)| other != name);
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    fn settings(&self) -> Vec<(&str, &str)> {
        self.settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    pub(super) fn start(&self) -> Server {
        Server::start(self.installation.folder(), &self.settings())
    }

    /// Runs `guestlist` with these arguments, and returns its output.
    pub(super) fn runs(&self, arguments: &[&str]) -> String {
        self.installation
            .runs(&self.settings(), arguments)
            .success()
    }

    /// The lines of `guestlist outbox list`, without the heading.
    pub(super) fn outbox(&self, state: &str) -> Vec<String> {
        let listed = self.runs(&["outbox", "list", "--state", state]);
        listed.lines().skip(1).map(str::to_owned).collect()
    }

    /// Lets the waiting mails be due this many seconds earlier, as if so much time had passed.
    pub(super) fn mails_are_due_earlier(&self, seconds: i64) {
        let file = self.installation.folder().join("data/guestlist.sqlite");
        let file = Connection::open(file).expect("opens");
        file.busy_timeout(std::time::Duration::from_secs(20))
            .expect("sets");
        let statement = "UPDATE messages SET next_at = next_at - ?1 WHERE state = 'queued'";
        file.execute(statement, [seconds * 1_000]).expect("changes");
    }

    /// Waits until that many mails are in this state.
    pub(super) fn wait_for(&self, state: &str, count: usize) {
        wait_until(&format!("{count} mails {state}"), || {
            self.outbox(state).len() == count
        });
    }
}

/// Sends JSON on a connection of its own.
pub(super) fn sent(server: &Server, line: &str, token: Option<&str>, body: &Value) -> Reply {
    let mut client = Client::connect(server.address()).expect("connects");
    let bearer = token.map(|token| ("Authorization", format!("Bearer {token}")));
    let headers: Vec<_> = bearer.into_iter().collect();
    let reply = client.ask(line, &headers, "application/json", &body.to_string());
    reply.expect("is answered")
}

pub(super) fn signed_up(server: &Server, email: &str) -> Reply {
    let body = json!({ "email": email, "password": PASSWORD });
    sent(server, "POST /api/v1/users", None, &body)
}

pub(super) fn signed_in(server: &Server, email: &str, password: &str) -> Reply {
    let body = json!({ "email": email, "password": password });
    sent(server, "POST /api/v1/sessions", None, &body)
}

/// Opens the page of a link without a cookie, and presses its button.
pub(super) fn pressed(server: &Server, path: &str) -> Reply {
    let mut client = Client::connect(server.address()).expect("connects");
    let page = client
        .ask(&format!("GET {path}"), &[], "", "")
        .expect("is answered");
    assert_eq!(page.status, 200, "{page:?}");
    let text = page.text();
    let cookies: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("set-cookie: "))
        .filter_map(|cookie| cookie.split(';').next())
        .collect();
    let field = |name: &str| {
        let (_, rest) = text
            .split_once(&format!("name=\"{name}\" value=\""))
            .expect(name);
        rest.split('"').next().unwrap_or_default()
    };
    let headers = [
        ("Cookie", cookies.join("; ")),
        ("Sec-Fetch-Site", "same-origin".to_owned()),
        ("Origin", BASE_URL.to_owned()),
    ];
    let form = format!("csrf_token={}", field("csrf_token"));
    let pressed = client.ask(&format!("POST {path}"), &headers, FORM, &form);
    pressed.expect("is answered")
}
