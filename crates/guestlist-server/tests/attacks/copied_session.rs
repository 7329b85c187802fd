//! An attacker with copied tokens refreshes them as often and as fast as possible. An attacker with
//! a backup, but without the secret key, waits for its restore.

use std::fs;

use crate::{
    attacks::is_whole,
    binary::{Server, log},
    client::Client,
    test_app::Tokens,
    users::Installation,
};

const EMAIL: &str = "ada@example.com";
const OLD: (&str, &str) = (
    "SECRET_KEY",
    "the secret that has leaked, more than 32 bytes",
);
const NEW: (&str, &str) = (
    "SECRET_KEY",
    "the secret that came after, more than 32 bytes",
);

fn client(server: &Server) -> Client {
    Client::connect(server.address()).expect("connects")
}

fn signed_up(server: &Server) -> Tokens {
    let mut client = client(server);
    assert_eq!(client.sign_up(EMAIL).expect("is answered").status, 201);
    client.sign_in(EMAIL).expect("is answered").tokens()
}

fn opens(server: &Server, token: &str) -> bool {
    let reply = client(server).me(token).expect("is answered");
    assert!([200, 401].contains(&reply.status), "{reply:?}");
    reply.status == 200
}

#[test]
fn a_copied_refresh_token_ends_the_session_at_the_third_retry_and_is_logged() {
    let installation = Installation::of_files();
    let server = Server::start(installation.folder(), &[]);
    let copied = signed_up(&server);
    let refreshed = client(&server)
        .refresh(&copied.refresh)
        .expect("is answered");
    let owners = refreshed.tokens();
    let tries = if is_whole() { 1_000 } else { 20 };
    let mut thief = client(&server);
    let answered = (0..tries)
        .map(|_| thief.refresh(&copied.refresh).expect("is answered").status)
        .filter(|status| *status == 200)
        .count();
    assert_eq!(answered, 2, "of {tries}");
    assert!(!opens(&server, &owners.access), "the session has ended");
    server.stop();
    let log = log(installation.folder());
    let events = log
        .lines()
        .filter(|line| line.contains("security:"))
        .count();
    assert_eq!(events, 3, "two answered retries, and the end: {log}");
}

#[test]
fn after_a_restore_under_another_secret_an_ended_session_stays_ended() {
    let installation = Installation::of_files();
    let server = Server::start(installation.folder(), &[OLD]);
    let held = signed_up(&server);
    installation.runs(&[], &["backup", "b.sqlite"]).success();
    let ended = client(&server).sign_out(&held.access).expect("is answered");
    assert_eq!(ended.status, 204);
    assert!(!opens(&server, &held.access));
    server.stop();
    fs::remove_dir_all(installation.folder().join("data")).expect("removes");
    installation.runs(&[], &["restore", "b.sqlite"]).success();
    let server = Server::start(installation.folder(), &[NEW]);
    assert!(!opens(&server, &held.access));
    assert_eq!(
        client(&server)
            .refresh(&held.refresh)
            .expect("is answered")
            .status,
        400
    );
    server.stop();
}
