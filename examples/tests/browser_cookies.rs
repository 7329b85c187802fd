//! Cookies, CORS and CSRF: tests every row of the tutorial's table over HTTP.

use std::time::Duration;

use guestlist::{Client, Email, Guestlist, Lifetimes, Password, SecretKey, Wanted};
use guestlist_sqlite::SqliteStore;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::Program;

const PAGE: &str = "http://localhost:9000";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const CREDENTIALS: &str = r#"{"email":"Anne@example.com","password":"abc"}"#;
const LOGIN: &str = "email=anne%40example.com&password=abc";

struct Tutorial {
    program: Program,
    folder: TempDir,
}

/// The status, the head, and the body.
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

/// The cookies of Anne's browser.
struct Anne {
    id: Value,
    cookie: String,
    csrf: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the cookie that is set under this name, with its attributes.
    fn cookie(&self, name: &str) -> Option<&str> {
        let mut set = self
            .head
            .lines()
            .filter_map(|line| line.strip_prefix("set-cookie: "));
        set.find(|header| header.split('=').next() == Some(name))
    }

    #[track_caller]
    fn refused(&self, status: u16, detail: &str) {
        assert_eq!(
            (self.status, &self.body["detail"]),
            (status, &json!(detail))
        );
    }
}

/// Returns the name and value only.
fn pair(header: &str) -> String {
    header.split(';').next().expect("has a value").to_owned()
}

impl Tutorial {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let program = Program::start(env!("CARGO_BIN_EXE_browser_cookies"), folder.path());
        Self { program, folder }
    }

    fn send(&self, line: &str, headers: &[(&str, &str)], mime: &str, body: &str) -> Answer {
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("\r\n{name}: {value}"))
            .collect();
        let answer = self
            .program
            .send(&format!("{line} HTTP/1.1{headers}"), mime, body);
        let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Answer {
            status: status.expect("has a status"),
            head: head.to_owned(),
            body: serde_json::from_str(body).unwrap_or_else(|_| json!({ "text": body })),
        }
    }

    fn register(&self, body: &str) -> Answer {
        self.send("POST /register", &[], JSON, body)
    }

    fn login(&self, headers: &[(&str, &str)], form: &str) -> Answer {
        self.send("POST /login", headers, FORM, form)
    }

    fn me(&self, cookie: &str) -> Answer {
        self.send("GET /me", &[("Cookie", cookie)], "text/plain", "")
    }

    fn csrf(&self, cookie: &str) -> Answer {
        self.send("GET /csrf", &[("Cookie", cookie)], "text/plain", "")
    }

    /// Registers Anne and signs her in; her page fetches the CSRF cookie.
    fn anne(&self) -> Anne {
        let registered = self.register(CREDENTIALS);
        assert_eq!(registered.status, 201, "{}", registered.body);
        let cookie = pair(self.login(&[], LOGIN).cookie("token").expect("is set"));
        let csrf = pair(self.csrf(&cookie).cookie("csrftoken").expect("is set"));
        Anne {
            id: registered.body["id"].clone(),
            cookie,
            csrf,
        }
    }

    fn change(&self, anne: &Anne, token: &str, headers: &[(&str, &str)], email: &str) -> Answer {
        let cookies = format!("{}; {}", anne.cookie, anne.csrf);
        let mut all = vec![("Cookie", &*cookies), ("X-CSRFToken", token)];
        all.extend(headers);
        let body = json!({ "email": email }).to_string();
        self.send("POST /me", &all, JSON, &body)
    }
}

impl Anne {
    fn token(&self) -> &str {
        self.csrf.split_once('=').expect("has a value").1
    }
}

mod csrf {
    use super::*;

    #[test]
    fn the_cookie_is_set_if_absent_and_readable_by_the_pages_script() {
        let tutorial = Tutorial::start();
        let first = tutorial.csrf("");
        assert_eq!((first.status, &first.body), (200, &Value::Null));
        let header = first.cookie("csrftoken").expect("is set");
        assert!(!header.contains("HttpOnly"), "{header}");
        let form = pair(first.cookie("token-form").expect("is bound to something"));
        let again = tutorial.csrf(&format!("{form}; {}", pair(header)));
        assert_eq!((again.status, again.cookie("csrftoken")), (200, None));
        let without = tutorial.csrf(&form);
        assert!(without.cookie("csrftoken").is_some());
    }

    /// In the original the token is bound to no session.
    #[test]
    fn a_token_from_before_the_sign_in_is_replaced_after_it() {
        let tutorial = Tutorial::start();
        let anne = tutorial.anne();
        let held = format!("{}; {}", anne.cookie, anne.csrf);
        assert_eq!(tutorial.csrf(&held).cookie("csrftoken"), None);
        let before = pair(tutorial.csrf("").cookie("csrftoken").expect("is set"));
        let held = format!("{}; {before}", anne.cookie);
        assert!(tutorial.csrf(&held).cookie("csrftoken").is_some());
    }
}

mod register {
    use super::*;

    #[test]
    fn a_new_user_gets_an_account_once() {
        let tutorial = Tutorial::start();
        let registered = tutorial.register(CREDENTIALS);
        assert_eq!(registered.status, 201);
        assert_eq!(registered.body["email"], "Anne@example.com");
        tutorial
            .register(CREDENTIALS)
            .refused(400, "Email already exists");
        assert_eq!(tutorial.register(r#"{"email":"anne"}"#).status, 422);
        assert_eq!(tutorial.register("{").status, 422);
    }
}

mod login {
    use super::*;

    #[test]
    fn a_form_of_either_type_gets_a_cookie_for_a_day() {
        let tutorial = Tutorial::start();
        tutorial.anne();
        let parts = "--B\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nanne@example.com\r\n\
            --B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nabc\r\n--B--\r\n";
        for (mime, form) in [(FORM, LOGIN), ("multipart/form-data; boundary=B", parts)] {
            let answer = tutorial.send("POST /login", &[], mime, form);
            assert_eq!((answer.status, &answer.body), (200, &Value::Null));
            let header = answer.cookie("token").expect("is set");
            let (value, attributes) = header.split_once("; ").expect("has attributes");
            assert_eq!(
                attributes,
                "Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure"
            );
            assert_eq!(tutorial.me(value).status, 200);
        }
    }

    #[test]
    fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
        let tutorial = Tutorial::start();
        tutorial.anne();
        for form in [
            "email=anne%40example.com&password=abx",
            "email=nobody%40example.com&password=abc",
            "email=nobody&password=abc",
        ] {
            let answer = tutorial.login(&[], form);
            answer.refused(401, "Unauthorized");
            assert_eq!(answer.cookie("token"), None);
        }
    }

    #[test]
    fn a_form_without_a_field_is_a_422() {
        let tutorial = Tutorial::start();
        for form in ["", "password=abc", "email=anne%40example.com", "email=%zz"] {
            assert_eq!(tutorial.login(&[], form).status, 422, "{form}");
        }
        for (mime, body) in [("text/plain", LOGIN), ("", ""), (JSON, CREDENTIALS)] {
            let answer = tutorial.send("POST /login", &[], mime, body);
            assert_eq!(answer.status, 422, "{mime}");
            let place = |mistake: &Value| mistake["loc"][1].clone();
            let detail = answer.body["detail"].as_array().expect("is a list");
            let places: Vec<_> = detail.iter().map(place).collect();
            assert_eq!(places, ["email", "password"], "{mime}");
        }
    }

    /// The original lets any page sign its visitors in.
    #[test]
    fn a_page_that_is_not_listed_cannot_sign_a_user_in() {
        let tutorial = Tutorial::start();
        tutorial.anne();
        for headers in [
            &[("Origin", "http://localhost:9001")][..],
            &[("Origin", "null")],
            &[
                ("Sec-Fetch-Site", "cross-site"),
                ("Origin", "http://evil.example"),
            ],
        ] {
            let answer = tutorial.login(headers, LOGIN);
            answer.refused(403, "CSRF token verification failed");
        }
        let listed = [("Sec-Fetch-Site", "same-site"), ("Origin", PAGE)];
        assert_eq!(tutorial.login(&listed, LOGIN).status, 200);
    }
}

mod me {
    use super::*;

    #[test]
    fn the_cookie_identifies_the_user() {
        let tutorial = Tutorial::start();
        let anne = tutorial.anne();
        let answer = tutorial.me(&anne.cookie);
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.body,
            json!({ "email": "Anne@example.com", "id": anne.id })
        );
    }

    #[test]
    fn without_a_cookie_the_answer_is_403_and_with_a_bad_one_401() {
        let tutorial = Tutorial::start();
        let anne = tutorial.anne();
        tutorial.me("").refused(403, "Not authenticated");
        tutorial.me("other=x").refused(403, "Not authenticated");
        for bad in ["token=bad", "token=", &anne.cookie[..20]] {
            tutorial.me(bad).refused(401, "Unauthorized");
        }
    }

    #[tokio::test]
    async fn with_an_expired_cookie_the_answer_is_401() {
        let tutorial = Tutorial::start();
        tutorial.anne();
        let file = |name: &str| tutorial.folder.path().join(name);
        let store = SqliteStore::open(file("guestlist.sqlite"))
            .await
            .expect("opens");
        let secret = SecretKey::load_or_create(file("secret.key")).expect("is a key");
        let short = Duration::from_secs(3);
        let lifetimes = Lifetimes {
            session: short,
            ..Lifetimes::default()
        };
        let guestlist = Guestlist::builder(store, secret)
            .lifetimes(lifetimes)
            .build();
        let anne = Email::parse("anne@example.com").expect("is an address");
        let (password, client) = (Password::new("abc"), Client::default());
        let guestlist = guestlist.expect("builds");
        let signed_in = guestlist
            .sign_in(Some(&anne), password, client, Wanted::Cookie)
            .await;
        let value = signed_in.expect("signs in").access_token;
        let cookie = format!("token={}", value.expose());
        assert_eq!(tutorial.me(&cookie).status, 200);
        tokio::time::sleep(short).await;
        tutorial.me(&cookie).refused(401, "Unauthorized");
    }
}

mod change_me {
    use super::*;

    #[test]
    fn the_cookie_and_the_header_change_the_address() {
        let tutorial = Tutorial::start();
        let anne = tutorial.anne();
        let answer = tutorial.change(&anne, anne.token(), &[("Origin", PAGE)], "Anne@example.org");
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(
            answer.body,
            json!({ "email": "Anne@example.org", "id": anne.id })
        );
        assert_eq!(tutorial.me(&anne.cookie).body["email"], "Anne@example.org");
        let login = "email=anne%40example.org&password=abc";
        assert_eq!(tutorial.login(&[], login).status, 200);
    }

    #[test]
    fn without_the_header_or_if_it_differs_from_the_cookie_the_answer_is_403() {
        let tutorial = Tutorial::start();
        let anne = tutorial.anne();
        let refused = "CSRF token verification failed";
        let other = tutorial.csrf(&anne.cookie);
        let other = pair(other.cookie("csrftoken").expect("is set"));
        let (_, other) = other.split_once('=').expect("has a value");
        for token in ["", "bad", other] {
            tutorial
                .change(&anne, token, &[], "a@example.org")
                .refused(403, refused);
        }
        let evil = [("Origin", "http://evil.example")];
        tutorial
            .change(&anne, anne.token(), &evil, "a@example.org")
            .refused(403, refused);
        let alone = format!("{}; csrftoken=x", anne.cookie);
        let headers = [("Cookie", &*alone), ("X-CSRFToken", "x")];
        let answer = tutorial.send("POST /me", &headers, JSON, r#"{"email":"a@example.org"}"#);
        answer.refused(403, refused);
        assert_eq!(tutorial.me(&anne.cookie).body["email"], "Anne@example.com");
    }

    #[test]
    fn without_the_cookie_the_answer_is_403_and_with_an_invalid_one_401() {
        let tutorial = Tutorial::start();
        let anne = tutorial.anne();
        let body = r#"{"email":"a@example.org"}"#;
        let headers = [("Cookie", &*anne.csrf), ("X-CSRFToken", anne.token())];
        let answer = tutorial.send("POST /me", &headers, JSON, body);
        answer.refused(403, "Not authenticated");
        let invalid = [("Cookie", "token=bad"), ("X-CSRFToken", anne.token())];
        let answer = tutorial.send("POST /me", &invalid, JSON, body);
        answer.refused(401, "Unauthorized");
    }

    #[test]
    fn a_taken_or_invalid_address_is_a_422() {
        let tutorial = Tutorial::start();
        let anne = tutorial.anne();
        assert_eq!(
            tutorial
                .register(r#"{"email":"eve@example.com","password":"abc"}"#)
                .status,
            201
        );
        for email in ["EVE@example.com", "anne"] {
            let answer = tutorial.change(&anne, anne.token(), &[], email);
            assert_eq!(answer.status, 422, "{}", answer.body);
            assert_eq!(answer.body["detail"][0]["loc"], json!(["body", "email"]));
        }
    }
}

mod cors {
    use super::*;

    fn preflight(tutorial: &Tutorial, origin: &str) -> Answer {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type,x-csrftoken"),
        ];
        tutorial.send("OPTIONS /me", &headers, "text/plain", "")
    }

    #[test]
    fn the_listed_page_may_send_its_visitors_cookies_and_the_header() {
        let tutorial = Tutorial::start();
        let answer = preflight(&tutorial, PAGE);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            Some("true")
        );
        let headers = answer
            .header("access-control-allow-headers")
            .expect("is there");
        assert!(headers.contains("x-csrftoken"), "{headers}");
        let answer = tutorial.send("GET /csrf", &[("Origin", PAGE)], "text/plain", "");
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    }

    #[test]
    fn a_preflight_from_another_origin_is_refused() {
        let tutorial = Tutorial::start();
        for origin in [
            "http://localhost:9001",
            "http://localhost:9000.evil.example",
            "null",
        ] {
            let answer = preflight(&tutorial, origin);
            assert_eq!(answer.status, 400, "{origin}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
}
