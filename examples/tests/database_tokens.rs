//! Database access tokens: tests every row of the tutorial's table over HTTP.

use std::{fs, path::Path, time::Duration};

use guestlist::{Client, Email, Guestlist, Lifetimes, Password, SecretKey, SessionStore, Wanted};
use guestlist_sqlite::SqliteStore;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::Program;

const SOURCE: &str = include_str!("../database_tokens.rs");
const CREDENTIALS: &str = r#"{"email":"Anne@example.com","password":"abc"}"#;
const FORM: &str = "grant_type=password&username=anne%40example.com&password=abc";

struct Tutorial {
    program: Program,
    folder: TempDir,
}

/// The status, the header lines in lower case, and the body.
type Answer = (u16, String, Value);

impl Tutorial {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("makes a folder");
        let program = Program::start(env!("CARGO_BIN_EXE_database_tokens"), folder.path());
        Self { program, folder }
    }

    fn send(&self, head: &str, mime: &str, body: &str) -> Answer {
        let answer = self.program.send(head, mime, body);
        let (head, body) = answer.split_once("\r\n\r\n").expect("has a head");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let body = serde_json::from_str(body).expect("is JSON");
        (status.expect("has a status"), head.to_lowercase(), body)
    }

    fn register(&self, body: &str) -> Answer {
        self.send("POST /register HTTP/1.1", "application/json", body)
    }

    fn token(&self, form: &str) -> Answer {
        let mime = "application/x-www-form-urlencoded";
        self.send("POST /token HTTP/1.1", mime, form)
    }

    fn protected(&self, authorization: Option<&str>) -> Answer {
        let mut head = "GET /protected-route HTTP/1.1".to_owned();
        if let Some(value) = authorization {
            head = format!("{head}\r\nAuthorization: {value}");
        }
        self.send(&head, "text/plain", "")
    }

    fn protected_with(&self, token: &str) -> Answer {
        self.protected(Some(&format!("Bearer {token}")))
    }

    /// Registers Anne and signs her in. Returns her id and a token.
    fn anne(&self) -> (String, String) {
        let (status, _, user) = self.register(CREDENTIALS);
        assert_eq!(status, 201, "{user}");
        let (status, _, answer) = self.token(FORM);
        assert_eq!(status, 200, "{answer}");
        (text(&user["id"]), text(&answer["access_token"]))
    }

    /// Opens the program's store and a `Guestlist` over it.
    async fn records(&self, lifetimes: Lifetimes) -> (SqliteStore, Guestlist) {
        let file = |name: &str| self.folder.path().join(name);
        let store = SqliteStore::open(file("guestlist.sqlite")).await;
        let store = store.expect("opens");
        let secret = SecretKey::load_or_create(file("secret.key")).expect("is a key");
        let builder = Guestlist::builder(store.clone(), secret).lifetimes(lifetimes);
        (store, builder.build().expect("builds"))
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("is a string").to_owned()
}

/// Returns the locations of the errors in a refusal.
fn places(refusal: &Value) -> Value {
    let mistakes = refusal["detail"].as_array().expect("is a list").iter();
    mistakes.map(|mistake| mistake["loc"].clone()).collect()
}

/// The names of a body's members.
fn members(body: &Value) -> Vec<&String> {
    body.as_object().expect("is an object").keys().collect()
}

fn contains(folder: &Path, needle: &str) -> bool {
    let files = fs::read_dir(folder).expect("is a folder");
    files.into_iter().any(|file| {
        let bytes = fs::read(file.expect("is there").path()).expect("reads");
        let mut windows = bytes.windows(needle.len());
        windows.any(|window| window == needle.as_bytes())
    })
}

#[test]
fn there_are_no_more_than_eighty_lines() {
    let lines = SOURCE.lines().count();
    assert!(lines <= 80, "{lines} lines");
}

mod register {
    use super::*;

    #[test]
    fn a_new_user_gets_an_account_even_with_a_short_password() {
        let (status, _, user) = Tutorial::start().register(CREDENTIALS);
        assert_eq!(status, 201, "{user}");
        assert_eq!(members(&user), ["email", "id"]);
        assert_eq!(user["email"], "Anne@example.com");
        assert!(!text(&user["id"]).is_empty());
    }

    #[test]
    fn unknown_members_are_dropped() {
        let body = r#"{"email":"anne@example.com","password":"abc","id":7,"is_admin":true}"#;
        let (status, _, user) = Tutorial::start().register(body);
        assert_eq!(status, 201, "{user}");
        assert_ne!(user["id"], 7);
        assert_eq!(members(&user), ["email", "id"]);
    }

    #[test]
    fn a_taken_email_address_is_refused_in_any_letter_case() {
        let tutorial = Tutorial::start();
        assert_eq!(tutorial.register(CREDENTIALS).0, 201);
        let again = CREDENTIALS.replace("Anne", "ANNE");
        for body in [CREDENTIALS, &again] {
            let (status, _, refusal) = tutorial.register(body);
            assert_eq!(status, 400, "{refusal}");
            assert_eq!(refusal, json!({ "detail": "Email already exists" }));
        }
    }

    #[test]
    fn an_invalid_body_is_a_422_with_the_locations() {
        let tutorial = Tutorial::start();
        for (body, expected) in [
            (
                r#"{"email":"anne","password":"abc"}"#,
                json!([["body", "email"]]),
            ),
            (
                r#"{"email":7,"password":null}"#,
                json!([["body", "email"], ["body", "password"]]),
            ),
            (
                r#"{"email":"anne@example.com"}"#,
                json!([["body", "password"]]),
            ),
            (
                r#"{"email":"anne@example.com","password":""}"#,
                json!([["body", "password"]]),
            ),
            ("{}", json!([["body", "email"], ["body", "password"]])),
            ("[]", json!([["body"]])),
            ("{", json!([["body"]])),
            ("", json!([["body"]])),
        ] {
            let (status, _, refusal) = tutorial.register(body);
            assert_eq!(status, 422, "{body}: {refusal}");
            assert_eq!(places(&refusal), expected, "{body}");
        }
        for mime in ["", "text/plain", "application/x-www-form-urlencoded"] {
            let (status, _, refusal) = tutorial.send("POST /register HTTP/1.1", mime, CREDENTIALS);
            assert_eq!(status, 422, "{mime}: {refusal}");
            assert_eq!(places(&refusal), json!([["body"]]), "{mime}");
        }
    }
}

mod token {
    use super::*;

    #[test]
    fn the_password_form_gets_a_token_that_is_not_cached() {
        let tutorial = Tutorial::start();
        assert_eq!(tutorial.register(CREDENTIALS).0, 201);
        let (status, head, answer) = tutorial.token(FORM);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(members(&answer), ["access_token", "token_type"]);
        assert_eq!(answer["token_type"], "bearer");
        assert!(head.contains("\r\ncache-control: no-store"), "{head}");
        let url_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let token = text(&answer["access_token"]);
        assert!(token.len() >= 43 && token.chars().all(url_safe), "{token}");
        assert_ne!(
            tutorial.token(FORM).2["access_token"],
            token,
            "each sign-in gets another token"
        );
    }

    #[test]
    fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
        let tutorial = Tutorial::start();
        assert_eq!(tutorial.register(CREDENTIALS).0, 201);
        for form in [
            "grant_type=password&username=nobody%40example.com&password=abc",
            "grant_type=password&username=nobody&password=abc",
            "grant_type=password&username=anne%40example.com&password=abx",
        ] {
            let (status, head, refusal) = tutorial.token(form);
            assert_eq!(status, 401, "{form}: {refusal}");
            assert_eq!(refusal, json!({ "detail": "Unauthorized" }), "{form}");
            assert!(head.contains("\r\nwww-authenticate: bearer\r\n"), "{head}");
        }
    }

    #[test]
    fn a_form_without_a_name_or_a_password_is_a_422() {
        let tutorial = Tutorial::start();
        let both = json!([["body", "username"], ["body", "password"]]);
        for (form, expected) in [
            ("password=abc", json!([["body", "username"]])),
            (
                "username=anne%40example.com&password=",
                json!([["body", "password"]]),
            ),
            ("", both.clone()),
            ("username=%zz", json!([["body"]])),
        ] {
            let (status, _, refusal) = tutorial.token(form);
            assert_eq!(status, 422, "{form}: {refusal}");
            assert_eq!(places(&refusal), expected, "{form}");
        }
        for (mime, body) in [
            ("", ""),
            ("text/plain", FORM),
            ("application/json", r#"{"username":"a","password":"b"}"#),
        ] {
            let (status, _, refusal) = tutorial.send("POST /token HTTP/1.1", mime, body);
            assert_eq!(status, 422, "{mime}: {refusal}");
            assert_eq!(places(&refusal), both, "{mime}");
            assert_eq!(refusal["detail"][0]["type"], "missing", "{mime}");
        }
    }

    /// The original redirects such addresses, and its clients may use them.
    #[test]
    fn an_additional_slash_is_redirected() {
        let tutorial = Tutorial::start();
        for path in ["/token", "/register", "/protected-route"] {
            let line = format!("POST {path}/ HTTP/1.1");
            let answer = tutorial
                .program
                .send(&line, "application/json", CREDENTIALS);
            assert!(answer.starts_with("HTTP/1.1 307 "), "{answer}");
            assert!(
                answer.contains(&format!("\r\nlocation: {path}\r\n")),
                "{answer}"
            );
        }
    }

    #[tokio::test]
    async fn a_token_is_valid_for_a_day_and_stored_as_a_hash() {
        let tutorial = Tutorial::start();
        let (_, token) = tutorial.anne();
        let (_, guestlist) = tutorial.records(Lifetimes::default()).await;
        let identity = guestlist.identify(&token).await.expect("is hers");
        let session = identity.session().expect("is a session's");
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(session.created_at.until(identity.expires_at), day);
        assert_eq!(session.expires_at, identity.expires_at);
        assert!(session.secret_hash.is_some() && session.refresh_hash.is_none());
        let folder = tutorial.folder.path();
        assert!(
            contains(folder, "Anne@example.com"),
            "the search finds stored data"
        );
        assert!(!contains(folder, &token));
        assert!(!contains(folder, &token[token.len() - 43..]));
    }
}

mod protected_route {
    use super::*;

    #[test]
    fn the_token_identifies_its_user_with_the_scheme_in_any_letter_case() {
        let tutorial = Tutorial::start();
        let (id, token) = tutorial.anne();
        for scheme in ["Bearer", "bearer"] {
            let (status, _, user) = tutorial.protected(Some(&format!("{scheme} {token}")));
            assert_eq!(status, 200, "{user}");
            assert_eq!(user, json!({ "email": "Anne@example.com", "id": id }));
        }
    }

    #[test]
    fn without_a_token_there_is_a_challenge() {
        let (status, head, refusal) = Tutorial::start().protected(None);
        assert_eq!(status, 401, "{refusal}");
        assert_eq!(refusal, json!({ "detail": "Not authenticated" }));
        assert!(head.contains("\r\nwww-authenticate: bearer\r\n"), "{head}");
    }

    #[test]
    fn a_bad_token_is_refused() {
        let tutorial = Tutorial::start();
        let (_, token) = tutorial.anne();
        let mut other = token.clone();
        let last = if other.pop() == Some('A') { 'B' } else { 'A' };
        other.push(last);
        for bad in ["bad", "a.b.c", &token[1..], &other] {
            let (status, head, refusal) = tutorial.protected_with(bad);
            assert_eq!(status, 401, "{bad}: {refusal}");
            assert_eq!(refusal, json!({ "detail": "Unauthorized" }), "{bad}");
            assert!(head.contains("error=\"invalid_token\""), "{head}");
        }
        assert_eq!(tutorial.protected_with(&token).0, 200);
    }

    #[tokio::test]
    async fn an_expired_token_is_refused() {
        let tutorial = Tutorial::start();
        tutorial.anne();
        let short = Duration::from_secs(3);
        let lifetimes = Lifetimes {
            access_database: short,
            ..Lifetimes::default()
        };
        let (_, guestlist) = tutorial.records(lifetimes).await;
        let anne = Email::parse("anne@example.com").expect("is an address");
        let (password, client) = (Password::new("abc"), Client::default());
        let signed_in = guestlist.sign_in(Some(&anne), password, client, Wanted::DATABASE_ALONE);
        let token = signed_in.await.expect("signs in").access_token;
        assert_eq!(tutorial.protected_with(token.expose()).0, 200);
        tokio::time::sleep(short).await;
        let (status, _, refusal) = tutorial.protected_with(token.expose());
        assert_eq!(status, 401, "{refusal}");
        assert_eq!(refusal, json!({ "detail": "Unauthorized" }));
    }

    #[tokio::test]
    async fn the_token_of_a_deleted_user_is_deleted() {
        let tutorial = Tutorial::start();
        let (_, token) = tutorial.anne();
        let (store, guestlist) = tutorial.records(Lifetimes::default()).await;
        let identity = guestlist.identify(&token).await.expect("is hers");
        let session = identity.session().expect("is a session's").id;
        assert_eq!(tutorial.protected_with(&token).0, 200);
        let deleted = guestlist.delete_user(identity.user.id).await;
        deleted.expect("deletes");
        let found = store.find_session(session).await.expect("answers");
        assert!(found.is_none(), "the session is still there");
        // Another process deleted the user, so the program may accept the cached token for a
        // second.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(tutorial.protected_with(&token).0, 401);
    }
}
