//! One user at a time.

use std::time::{Duration, Instant};

use super::{House, Said};
use crate::binary::{JSON, Server, command, field};

const ADA: &str = "Ada@example.com";

fn add(house: &House) -> String {
    let said = house.users_with(&["add", ADA, "--name", "Ada Lovelace"], b"exemplary\n");
    let said = said.well();
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

/// Within a second and what a slow machine takes.
#[expect(
    clippy::disallowed_methods,
    reason = "the server's clock is not ours to turn"
)]
fn is_soon_turned_away(server: &Server, token: &str) {
    let began = Instant::now();
    while me(server, token).starts_with("HTTP/1.1 200") {
        assert!(began.elapsed() < Duration::from_secs(3), "still inside");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(me(server, token).starts_with("HTTP/1.1 401"));
}

#[test]
fn a_user_is_added_listed_shown_and_deleted() {
    let house = House::new();
    let id = add(&house);
    let again = house
        .users_with(&["add", "ada@EXAMPLE.com"], b"exemplary")
        .complaint();
    assert!(again.contains("exists already"), "{again}");
    house
        .users_with(&["add", "bob@example.com"], b"exemplary")
        .well();

    let list = house.users(&["list"]).well();
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 3, "{list}");
    let column = |line: &str, name: &str| line.find(name).unwrap_or_else(|| panic!("{list}"));
    let e_mail = column(lines[0], "E-MAIL");
    assert_eq!((column(lines[1], &id), column(lines[1], ADA)), (0, e_mail));
    assert_eq!(column(lines[2], "bob@"), e_mail);
    let json = house.users(&["list", "--json"]).well();
    let first = json.lines().next().expect("has a line");
    assert!(first.starts_with(&format!(
        r#"{{"id":"{id}","email":"{ADA}","name":"Ada Lovelace""#
    )));

    for named in [&id, "ADA@example.com"] {
        let shown = house.users(&["show", named]).well();
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

    let refused = house.users(&["delete", ADA]).complaint();
    assert!(refused.contains("--yes"), "{refused}");
    house.users(&["delete", ADA, "--yes"]).well();
    let gone = house.users(&["show", &id]).complaint();
    assert!(gone.contains("there is no user"), "{gone}");
    assert_eq!(house.emails(), ["bob@example.com"]);
}

#[test]
fn a_password_comes_from_stdin_and_has_to_be_a_good_one() {
    let house = House::new();
    for (stdin, words) in [
        (&b""[..], "no password on stdin"),
        (b"\n", "no password on stdin"),
        (b"short\n", "at least 8"),
        (b"ada@example.com\n", "must not be the e-mail"),
        (b"\xff\xfe\n", "cannot read the password"),
    ] {
        let complaint = house.users_with(&["add", ADA], stdin).complaint();
        assert!(complaint.contains(words), "{complaint}");
    }
    house
        .users_with(&["add", ADA, "exemplary"], b"exemplary")
        .complaint();
    house
        .users_with(&["add", ADA, "--password", "exemplary"], b"exemplary")
        .complaint();
    assert!(house.emails().is_empty());
    house.install();
    let nobody = house
        .users_with(&["set-password", ADA], b"exemplary")
        .complaint();
    assert!(nobody.contains("there is no user"), "{nobody}");
    let nobody = house.users(&["disable", "not an address"]).complaint();
    assert!(nobody.contains("an e-mail address or an id"), "{nobody}");
}

#[test]
fn whoever_is_disabled_beside_a_running_server_is_soon_turned_away() {
    let house = House::new();
    let id = add(&house);
    let server = Server::start(house.folder(), &[]);
    let signed_in = sign_in(&server, "exemplary");
    let token = field(&signed_in, "access_token");
    assert!(me(&server, token).starts_with("HTTP/1.1 200"));
    house.users(&["disable", &id]).well();
    is_soon_turned_away(&server, token);
    assert!(sign_in(&server, "exemplary").starts_with("HTTP/1.1 401"));
    assert!(
        house
            .users(&["show", ADA])
            .well()
            .contains("disabled  since 2")
    );
    house.users(&["enable", &id]).well();
    assert!(
        me(&server, token).starts_with("HTTP/1.1 401"),
        "it stays ended"
    );
    assert!(sign_in(&server, "exemplary").starts_with("HTTP/1.1 201"));
    server.stop();
}

#[test]
fn another_password_beside_a_running_server_ends_what_the_old_one_opened() {
    let house = House::new();
    add(&house);
    let server = Server::start(house.folder(), &[]);
    let signed_in = sign_in(&server, "exemplary");
    let token = field(&signed_in, "access_token");
    assert!(me(&server, token).starts_with("HTTP/1.1 200"));
    house
        .users_with(&["set-password", ADA], b"another one\r\n")
        .well();
    is_soon_turned_away(&server, token);
    assert!(sign_in(&server, "exemplary").starts_with("HTTP/1.1 401"));
    assert!(sign_in(&server, "another one").starts_with("HTTP/1.1 201"));
    server.stop();
}

#[test]
fn with_a_user_goes_what_the_user_planned() {
    let house = House::new();
    add(&house);
    let server = Server::start(house.folder(), &[]);
    let signed_in = sign_in(&server, "exemplary");
    let token = field(&signed_in, "access_token");
    let event = r#"{"title":"Launch","image":"","description":"","tags":[],"location":""}"#;
    let head = format!("POST /event/new HTTP/1.1\n{JSON}\nAuthorization: Bearer {token}");
    assert!(server.send(&head, event).contains("created successfully"));
    let events = server.send("GET /event/ HTTP/1.1", "");
    assert!(events.contains("Launch"), "{events}");
    house.users(&["delete", ADA, "--yes"]).well();
    is_soon_turned_away(&server, token);
    let events = server.send("GET /event/ HTTP/1.1", "");
    assert!(!events.contains("Launch"), "{events}");
    server.stop();
}

#[test]
fn what_becomes_of_a_password_is_said_as_it_is() {
    let house = House::new();
    let older = "$argon2id$v=19$m=12288,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let rows = format!(
        "email,password_hash\ncut@example.com,{}\nolder@example.com,\"{older}\"\n",
        super::bcrypt("a")
    );
    house.write("users.csv", rows);
    house.users(&["import", "users.csv"]).well();
    let kept = |environment: &[(&str, &str)], email: &str| {
        let mut command = command(house.folder(), environment);
        let shown = command.args(["users", "show", email]).output();
        let shown = Said::from(shown.expect("runs")).well();
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
        "bcrypt, which passwords.schemes leaves out: a sign-in never matches"
    );
}
