//! Commands for one user.

use std::time::{Duration, Instant};

use super::{CommandOutput, Installation};
use crate::binary::{JSON, Server, command, field, free_address, log};

const ADA: &str = "Ada@example.com";

fn add(installation: &Installation) -> String {
    let said = installation.users_with(&["add", ADA, "--name", "Ada Lovelace"], b"exemplary\n");
    let said = said.success();
    let mut words = said.split_whitespace();
    assert_eq!(words.next(), Some("added"));
    words.next().expect("says the id").to_owned()
}

fn sign_in(server: &Server, password: &str) -> String {
    let head = format!("POST /api/v1/sessions HTTP/1.1\n{JSON}");
    let body = format!(r#"{{"email":"{ADA}","password":"{password}"}}"#);
    server.send(&head, &body)
}

fn me(server: &Server, token: &str) -> String {
    let head = format!("GET /api/v1/me HTTP/1.1\nAuthorization: Bearer {token}");
    server.send(&head, "")
}

/// Asserts that the token is refused soon: within a second, plus the time a slow machine needs.
#[expect(
    clippy::disallowed_methods,
    reason = "the test cannot change the server's clock"
)]
fn assert_is_soon_refused(server: &Server, token: &str) {
    let began = Instant::now();
    while me(server, token).starts_with("HTTP/1.1 200") {
        assert!(
            began.elapsed() < Duration::from_secs(3),
            "the token is still accepted"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(me(server, token).starts_with("HTTP/1.1 401"));
}

#[test]
fn a_user_is_added_listed_shown_and_deleted() {
    let installation = Installation::new();
    let id = add(&installation);
    let again = installation
        .users_with(&["add", "ada@EXAMPLE.com"], b"exemplary")
        .failure();
    assert!(again.contains("exists already"), "{again}");
    installation
        .users_with(&["add", "bob@example.com"], b"exemplary")
        .success();

    let list = installation.users(&["list"]).success();
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 3, "{list}");
    let column = |line: &str, name: &str| line.find(name).unwrap_or_else(|| panic!("{list}"));
    let e_mail = column(lines[0], "E-MAIL");
    assert_eq!((column(lines[1], &id), column(lines[1], ADA)), (0, e_mail));
    assert_eq!(column(lines[2], "bob@"), e_mail);
    let json = installation.users(&["list", "--json"]).success();
    let first = json.lines().next().expect("has a line");
    assert!(first.starts_with(&format!(
        r#"{{"id":"{id}","email":"{ADA}","name":"Ada Lovelace""#
    )));

    for named in [&id, "ADA@example.com"] {
        let shown = installation.users(&["show", named]).success();
        for words in [
            &id,
            ADA,
            "Ada Lovelace",
            "argon2",
            "verified  no",
            "disabled  no",
        ] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(!shown.contains('$'), "{shown}");
    }

    let refused = installation.users(&["delete", ADA]).failure();
    assert!(refused.contains("--yes"), "{refused}");
    installation.users(&["delete", ADA, "--yes"]).success();
    let gone = installation.users(&["show", &id]).failure();
    assert!(gone.contains("there is no user"), "{gone}");
    assert_eq!(installation.emails(), ["bob@example.com"]);
}

#[test]
fn a_password_comes_from_stdin_and_has_to_be_a_good_one() {
    let installation = Installation::new();
    for (stdin, words) in [
        (&b""[..], "stdin has no password"),
        (b"\n", "stdin has no password"),
        (b"short\n", "at least 8"),
        (b"ada@example.com\n", "must not be the e-mail"),
        (b"\xff\xfe\n", "cannot read the password"),
    ] {
        let complaint = installation.users_with(&["add", ADA], stdin).failure();
        assert!(complaint.contains(words), "{complaint}");
    }
    installation
        .users_with(&["add", ADA, "exemplary"], b"exemplary")
        .failure();
    installation
        .users_with(&["add", ADA, "--password", "exemplary"], b"exemplary")
        .failure();
    assert!(installation.emails().is_empty());
    installation.install();
    let unknown = installation
        .users_with(&["set-password", ADA], b"exemplary")
        .failure();
    assert!(unknown.contains("there is no user"), "{unknown}");
    let unknown = installation.users(&["disable", "not an address"]).failure();
    assert!(unknown.contains("an e-mail address or an id"), "{unknown}");
}

#[test]
fn a_user_who_is_disabled_while_a_server_runs_is_soon_refused() {
    let installation = Installation::new();
    let id = add(&installation);
    let server = Server::start(installation.folder(), &[]);
    let signed_in = sign_in(&server, "exemplary");
    let token = field(&signed_in, "access_token");
    assert!(me(&server, token).starts_with("HTTP/1.1 200"));
    installation.users(&["disable", &id]).success();
    assert_is_soon_refused(&server, token);
    assert!(sign_in(&server, "exemplary").starts_with("HTTP/1.1 401"));
    assert!(
        installation
            .users(&["show", ADA])
            .success()
            .contains("disabled  since 2")
    );
    installation.users(&["enable", &id]).success();
    assert!(
        me(&server, token).starts_with("HTTP/1.1 401"),
        "the session stays ended"
    );
    assert!(sign_in(&server, "exemplary").starts_with("HTTP/1.1 201"));
    server.stop();
}

#[test]
fn a_new_password_set_while_a_server_runs_ends_the_sessions_of_the_old_one() {
    let installation = Installation::new();
    add(&installation);
    let server = Server::start(installation.folder(), &[]);
    let signed_in = sign_in(&server, "exemplary");
    let token = field(&signed_in, "access_token");
    assert!(me(&server, token).starts_with("HTTP/1.1 200"));
    installation
        .users_with(&["set-password", ADA], b"another one\r\n")
        .success();
    assert_is_soon_refused(&server, token);
    assert!(sign_in(&server, "exemplary").starts_with("HTTP/1.1 401"));
    assert!(sign_in(&server, "another one").starts_with("HTTP/1.1 201"));
    server.stop();
}

/// The command and the server derive the link from one secret. It works without mail.
#[test]
fn a_reset_link_of_the_command_line_sets_a_password_once_and_is_in_no_log() {
    let installation = Installation::new();
    let unknown = installation.users(&["reset-link", ADA]).failure();
    assert!(unknown.contains("there is no installation"), "{unknown}");
    add(&installation);
    let server = Server::start(installation.folder(), &[("GUESTLIST_LOG__LEVEL", "debug")]);
    let link = installation.users(&["reset-link", ADA]).success();
    let (before, token) = link.trim_end().rsplit_once('/').expect("is a link");
    assert!(before.ends_with("/reset-password"), "{link}");
    assert_eq!(token.len(), 64, "{link}");
    let page = server.send(&format!("GET /reset-password/{token} HTTP/1.1"), "");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let head = format!("POST /api/v1/password/reset/confirm HTTP/1.1\n{JSON}");
    let body = format!(r#"{{"token":"{token}","new_password":"another one"}}"#);
    let done = server.send(&head, &body);
    assert!(done.starts_with("HTTP/1.1 204"), "{done}");
    let again = server.send(&head, &body);
    assert!(again.starts_with("HTTP/1.1 400"), "{again}");
    assert!(sign_in(&server, "exemplary").starts_with("HTTP/1.1 401"));
    assert!(sign_in(&server, "another one").starts_with("HTTP/1.1 201"));
    server.stop();
    let log = log(installation.folder());
    assert!(log.contains("/reset-password/…"), "{log}");
    assert!(!log.contains(&token[..20]), "{log}");
}

#[test]
fn deleting_a_user_deletes_the_users_events() {
    let installation = Installation::new();
    add(&installation);
    let server = Server::start(installation.folder(), &[]);
    let signed_in = sign_in(&server, "exemplary");
    let token = field(&signed_in, "access_token");
    let event = r#"{"title":"Launch","image":"","description":"","tags":[],"location":""}"#;
    let head = format!("POST /event/new HTTP/1.1\n{JSON}\nAuthorization: Bearer {token}");
    assert!(server.send(&head, event).contains("created successfully"));
    let events = server.send("GET /event/ HTTP/1.1", "");
    assert!(events.contains("Launch"), "{events}");
    installation.users(&["delete", ADA, "--yes"]).success();
    assert_is_soon_refused(&server, token);
    let events = server.send("GET /event/ HTTP/1.1", "");
    assert!(!events.contains("Launch"), "{events}");
    server.stop();
}

#[test]
fn show_says_what_the_next_sign_in_does_with_the_password_hash() {
    let installation = Installation::new();
    let older = "$argon2id$v=19$m=12288,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let rows = format!(
        "email,password_hash\ncut@example.com,{}\nolder@example.com,\"{older}\"\n",
        super::bcrypt("a")
    );
    installation.write("users.csv", rows);
    installation.users(&["import", "users.csv"]).success();
    let kept = |environment: &[(&str, &str)], email: &str| {
        let mut command = command(installation.folder(), environment);
        let shown = command.args(["users", "show", email]).output();
        let shown = CommandOutput::from(shown.expect("runs")).success();
        let line = shown
            .lines()
            .find_map(|line| line.strip_prefix("password  "));
        line.expect("is shown").to_owned()
    };
    assert_eq!(
        kept(&[], "older@example.com"),
        "argon2, replaced at the next sign-in"
    );
    assert_eq!(
        kept(&[], "cut@example.com"),
        "bcrypt, replaced at the next sign-in unless the password has more than 72 bytes"
    );
    let schemes = [("GUESTLIST_PASSWORDS__SCHEMES", "argon2,scrypt")];
    assert_eq!(
        kept(&schemes, "cut@example.com"),
        "bcrypt, not in passwords.schemes: the user cannot sign in"
    );
}

/// The running server lets the owner in again at once.
#[test]
fn an_unlocked_account_accepts_the_password_again() {
    let installation = Installation::new();
    add(&installation);
    let strict = ("GUESTLIST_LIMITS__TRIES_BY_ACCOUNT_AND_NETWORK", "2/3600");
    let server = Server::start(installation.folder(), &[strict]);
    for _ in 0..2 {
        assert!(sign_in(&server, "wrong").starts_with("HTTP/1.1 401"));
    }
    let refused = sign_in(&server, "exemplary");
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    assert!(refused.contains("try again in 60 minutes"), "{refused}");
    let said = installation.users(&["unlock", "ada@EXAMPLE.com"]);
    assert_eq!(said.success(), "unlocked ada@EXAMPLE.com\n");
    assert!(sign_in(&server, "exemplary").starts_with("HTTP/1.1 201"));
}

#[test]
fn a_role_is_given_and_taken_and_shown() {
    let installation = Installation::new();
    let id = add(&installation);
    let role = |installation: &Installation| {
        let shown = installation.users(&["show", &id]).success();
        let line = shown.lines().find(|line| line.starts_with("role"));
        let word = line.and_then(|line| line.split_whitespace().nth(1));
        word.expect("shows the role").to_owned()
    };
    assert_eq!(role(&installation), "member");
    for word in ["admin", "admin", "member"] {
        let said = installation.users(&["role", ADA, word]).success();
        assert!(said.ends_with(&format!("is {word} now\n")), "{said}");
        assert_eq!(role(&installation), word);
    }
    let refused = installation.users(&["role", ADA, "owner"]).failure();
    assert!(refused.contains("use member or admin"), "{refused}");
    assert_eq!(role(&installation), "member");
    let arguments = ["add", "bob@example.com", "--role", "admin"];
    installation.users_with(&arguments, b"exemplary").success();
    let list = installation.users(&["list"]).success();
    let roles: Vec<_> = list
        .lines()
        .map(|line| line.rsplit(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(roles, ["ROLE", "member", "admin"]);
    let approved = installation.users(&["approve", ADA]).success();
    assert!(approved.starts_with("was approved before:"), "{approved}");
}

#[test]
fn an_invitation_is_made_listed_without_its_link_and_revoked() {
    let installation = Installation::new();
    add(&installation);
    let invitations = |arguments: &[&str]| {
        let arguments = [&["invitations"][..], arguments].concat();
        installation.runs(&[], &arguments)
    };
    let link = invitations(&["make", "--email", "Bob@example.com", "--note", "a friend"]);
    let link = link.success();
    let (base, token) = link.trim().rsplit_once('/').expect("is a link");
    assert!(base.ends_with("/invitation"), "{link}");
    let list = invitations(&["list"]).success();
    assert!(!list.contains(token), "{list}");
    let line = list.lines().nth(1).expect("lists one");
    assert!(
        line.contains("open") && line.ends_with("Bob@example.com  a friend"),
        "{list}"
    );
    let id = line.split_whitespace().next().expect("has an id");
    invitations(&["revoke", id]).success();
    assert!(invitations(&["list"]).success().contains("revoked"));
    let refused = invitations(&["make", "--uses", "0"]).failure();
    assert!(refused.contains("1 to 1000 uses"), "{refused}");
}

/// A link that begins with the address of the server's own machine is of no use to others.
#[test]
fn a_command_says_which_base_its_link_has() {
    let installation = Installation::new();
    add(&installation);
    let set = ("GUESTLIST_SERVER__BASE_URL", "https://events.example.org");
    for arguments in [&["invitations", "make"][..], &["users", "reset-link", ADA]] {
        let unset = installation.runs(&[], arguments);
        for words in [
            "`server.base_url` is not set",
            "begins with http://127.0.0.1:8080",
            "GUESTLIST_SERVER__BASE_URL",
        ] {
            assert!(unset.err.contains(words), "{}", unset.err);
        }
        assert_eq!(unset.success().lines().count(), 1);
        let named = installation.runs(&[set], arguments);
        assert!(!named.err.contains("base_url"), "{}", named.err);
        assert!(named.success().starts_with("https://events.example.org/"));
    }
}

/// The mail server does not answer. The settings refuse a sign-in before the verification in
/// different ways.
#[test]
fn an_operator_verifies_an_address_while_mail_is_broken() {
    for (setting, made, refused) in [
        ("GUESTLIST_SIGN_UP__REQUIRE_VERIFIED", "201", "403"),
        ("GUESTLIST_SIGN_UP__CONCEAL", "202", "401"),
    ] {
        let installation = Installation::new();
        installation.install();
        let mail = format!("smtp://{}", free_address());
        let environment = [
            ("GUESTLIST_MAIL__URL", &*mail),
            ("GUESTLIST_MAIL__FROM", "events@example.com"),
            (setting, "true"),
        ];
        let server = Server::start(installation.folder(), &environment);
        let assert_status = |answer: &str, status: &str| {
            let expected = format!("HTTP/1.1 {status}");
            assert!(answer.starts_with(&expected), "{setting}: {answer}");
        };
        let head = format!("POST /api/v1/users HTTP/1.1\n{JSON}");
        let body = format!(r#"{{"email":"{ADA}","password":"exemplary"}}"#);
        assert_status(&server.send(&head, &body), made);
        assert_status(&sign_in(&server, "exemplary"), refused);
        installation.users(&["verify", ADA]).success();
        assert_status(&sign_in(&server, "exemplary"), "201");
        server.stop();
    }
}

#[test]
fn all_that_is_stored_about_a_user_is_written() {
    let installation = Installation::new();
    add(&installation);
    let text = installation.users(&["data", ADA]).success();
    let data: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
    assert_eq!(data["user"]["email"], ADA);
    assert_eq!(data["second_factor"], serde_json::Value::Null);
    for list in ["sessions", "invitations", "messages", "events"] {
        assert_eq!(data[list], serde_json::json!([]), "{list}");
    }
    assert_eq!(data["security_events"][0]["kind"], "signed_up");
    assert!(!text.contains("argon2"), "{text}");
    let log = installation.runs(&[], &["log", ADA]).success();
    assert!(log.contains("exported"), "{log}");
    let written = installation.users(&["data", ADA, "--output", "ada.json"]);
    assert_eq!(written.success(), "");
    assert!(installation.read("ada.json").contains("\"user\""));
    let unknown = installation.users(&["data", "nobody@example.com"]);
    assert!(unknown.failure().contains("there is no user"));
}
