//! The real binary on a new folder, with some events.

use std::{
    fs::File,
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use guestlist::testing;
use serde_json::{Value, json};

pub(crate) const EMAIL: &str = "ada@harbour.example";
pub(crate) const PASSWORD: &str = "a table for forty";

/// A server and its folder.
pub(crate) struct Server {
    child: Child,
    address: String,
    /// The origin that a browser uses.
    origin: String,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::at("127.0.0.1", &[])
    }

    /// Starts a server that a browser reaches at `host`, with these additional settings.
    pub(crate) fn at(host: &str, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let address = free_address();
        let (_, port) = address.rsplit_once(':').expect("has a port");
        let origin = format!("http://{host}:{port}");
        let child = Command::new(env!("CARGO_BIN_EXE_guestlist"))
            .args(["serve", "--listen", &address])
            .current_dir(folder.path())
            .env_clear()
            .env("GUESTLIST_SERVER__NAME", "Harbour House")
            .env("GUESTLIST_SERVER__BASE_URL", &origin)
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).expect("makes a log"))
            .spawn()
            .expect("starts");
        wait_for(&address);
        Self {
            child,
            address,
            origin,
            _folder: folder,
        }
    }

    /// The URL of this path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Creates Ada's account, and events of Ada and of another user. Returns the path of Ada's
    /// first event.
    pub(crate) fn with_events(&self) -> String {
        let ada = self.account(EMAIL);
        let bo = self.account("bo@harbour.example");
        let evening = json!({
            "title": "Long table in the courtyard", "tags": ["dinner", "neighbours"], "capacity": 40,
            "description": "Everybody brings one dish and one story about it.\n\nWe set the table for forty; \
                plates and glasses are here.",
            "location": "Courtyard, Hafenstraße 12, Hamburg", "starts_at": "2036-11-22T18:30",
            "ends_at": "2036-11-22T22:00", "time_zone": "Europe/Berlin",
        });
        let talk = json!({
            "title": "How we moved nine thousand accounts without a reset", "tags": ["talk", "passwords"],
            "online_url": "https://meet.example.org/3", "location": "Room 3",
            "starts_at": "2036-11-25T17:00", "time_zone": "America/New_York",
        });
        let days = json!({
            "title": "Boats out of the water", "tags": ["harbour", "work"], "location": "Slipway",
            "start_date": "2036-11-28", "end_date": "2036-11-29",
        });
        let swim = json!({
            "title": "Winter swim", "tags": ["harbour"], "location": "East pier",
            "starts_at": "2036-12-01T07:00", "time_zone": "Europe/Berlin",
        });
        let surprise = json!({
            "title": "Surprise for Bo", "visibility": "unlisted", "location": "Courtyard",
            "starts_at": "2036-12-04T20:00", "time_zone": "Europe/Berlin",
        });
        let some_day = json!({ "title": "Summer party", "tags": ["neighbours"] });
        let over =
            json!({ "title": "Lantern walk", "start_date": "2020-11-11", "tags": ["neighbours"] });
        let first = self.event(&ada, &evening);
        for (whose, event) in [
            (&bo, &talk),
            (&ada, &days),
            (&bo, &swim),
            (&ada, &surprise),
            (&ada, &some_day),
            (&bo, &over),
        ] {
            self.event(whose, event);
        }
        format!("/events/{first}")
    }

    /// Creates an account and events in which every text is one word of 200 letters, or of the
    /// allowed maximum. Returns the e-mail address and the path of one event.
    pub(crate) fn with_long_words(&self) -> (String, String) {
        let word = |length: usize| "w".repeat(length);
        let email = format!("{}@{}.{}.example", word(64), word(63), word(63));
        let credentials = json!({ "email": email, "password": PASSWORD, "name": word(100) });
        self.post("/api/v1/users", None, &credentials);
        let token = self.token_of(&email);
        let tags: Vec<_> = ["w", "v", "u"].map(|letter| letter.repeat(50)).into();
        let event = |more: Value| {
            let mut event = json!({
                "title": word(200), "description": word(200), "location": word(200), "tags": tags,
                "online_url": format!("https://example.com/{}", word(200)),
                "image": format!("https://example.com/{}", word(200)),
            });
            event
                .as_object_mut()
                .expect("is one")
                .extend(more.as_object().expect("is one").clone());
            self.event(&token, &event)
        };
        event(json!({ "start_date": "2036-12-01" }));
        event(json!({ "start_date": "2020-12-01" }));
        event(json!({ "visibility": "unlisted" }));
        let first = event(json!({
            "starts_at": "2036-11-22T18:30", "time_zone": "America/Argentina/ComodRivadavia",
        }));
        (email, format!("/events/{first}"))
    }

    fn account(&self, email: &str) -> String {
        let credentials = json!({ "email": email, "password": PASSWORD });
        self.post("/api/v1/users", None, &credentials);
        self.token_of(email)
    }

    /// Signs in with the password of every test, and returns an access token.
    pub(crate) fn token_of(&self, email: &str) -> String {
        let credentials = json!({ "email": email, "password": PASSWORD });
        let session = self.post("/api/v1/sessions", None, &credentials);
        let token = session["access_token"].as_str();
        token.expect("is signed in").to_owned()
    }

    fn event(&self, token: &str, event: &Value) -> String {
        let made = self.post("/api/v1/events", Some(token), event);
        made["id"].as_str().expect("is made").to_owned()
    }

    fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Value {
        let body = body.to_string();
        let token = token.map_or_else(String::new, |token| {
            format!("Authorization: Bearer {token}\r\n")
        });
        let headers = format!("Content-Type: application/json\r\n{token}");
        let answer = self.answer("POST", path, &headers, &body);
        let (_, json) = answer.split_once("\r\n\r\n").expect("has a body");
        serde_json::from_str(json).unwrap_or_else(|_| panic!("{answer}"))
    }

    /// Sends a request as a program does, and returns the whole response. Each line in `headers`
    /// ends with CR LF.
    pub(crate) fn answer(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("connects");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        )
        .expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("reads");
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_address() -> String {
    testing::free_address().to_string()
}

/// Waits until a server listens at this address.
fn wait_for(address: &str) {
    for _ in 0..200 {
        if TcpStream::connect(address).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nothing listens on {address}");
}
