//! Requests with the longest possible paths, and with secrets in their paths: what the log contains
//! of them.

use std::{fs, thread, time::Duration};

use tokio::time::Instant;

use super::is_whole;
use crate::{
    binary::{Server, log},
    client::Client,
    test_app::new_email,
};

/// The largest growth of the log in bytes.
const MOST_LOGGED: u64 = 1024 * 1024;
/// The limit of lines of one kind in ten seconds (`limits.log_refusals`).
const LINES: usize = 100;
const CLIENTS: usize = 4;
/// The number of sign-ins with a wrong password during the attack.
const WRONG: usize = 5;

#[test]
fn long_paths_do_not_fill_the_log_and_hide_no_failed_sign_in() {
    let duration = Duration::from_secs(if is_whole() { 5 } else { 1 });
    let folder = tempfile::tempdir().expect("makes a folder");
    let server = Server::start(folder.path(), &[]);
    let begun = Instant::now();
    let asked: usize = thread::scope(|scope| {
        let flood = || {
            let line = format!("GET /{}", "x".repeat(15_000));
            let mut client = Client::connect(server.address()).expect("connects");
            let mut asked = 0;
            while begun.elapsed() < duration || asked < LINES {
                let answer = client.ask(&line, &[], "", "").expect("is answered");
                assert_eq!(answer.status, 404);
                asked += 1;
            }
            asked
        };
        let floods: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(flood)).collect();
        let mut client = Client::connect(server.address()).expect("connects");
        for _ in 0..WRONG {
            let answer = client.sign_in(&new_email()).expect("is answered");
            assert_eq!(answer.status, 401);
        }
        let asked = floods
            .into_iter()
            .map(|flood| flood.join().expect("no panic"));
        asked.sum()
    });
    // The number of ten-second windows that the attack may touch.
    let windows = 2 + usize::try_from(begun.elapsed().as_secs() / 10).expect("is small");
    server.stop();
    let size = fs::metadata(folder.path().join("log"))
        .expect("is there")
        .len();
    assert!(size < MOST_LOGGED, "{size} bytes for {asked} requests");
    let log = log(folder.path());
    let lines = |words: &[&str]| {
        let has_all = |line: &&str| words.iter().all(|words| line.contains(words));
        log.lines().filter(has_all).count()
    };
    let written = lines(&["status=404", "path=\"/xxx"]);
    assert!((LINES..=LINES * windows).contains(&written), "{written}");
    assert!(
        lines(&["status=404", "more like this in 10 s"]) >= 1,
        "{size}"
    );
    assert_eq!(lines(&["sign-in refused: no such user"]), WRONG);
    let longest = log.lines().map(str::len).max();
    assert!(longest.is_some_and(|bytes| bytes < 600), "{longest:?}");
}

#[test]
fn a_token_in_a_path_or_a_query_is_in_no_log_line_and_no_response() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let verbose = [
        ("GUESTLIST_LOG__LEVEL", "debug"),
        ("GUESTLIST_LIMITS__LOG_REFUSALS", "100000"),
    ];
    let server = Server::start(folder.path(), &verbose);
    let mut client = Client::connect(server.address()).expect("connects");
    let secret = "c2VjcmV0c2VjcmV0";
    let tokens = [
        "gla_", "glr_", "glc_", "glp_", "gls_", "glx_", "%67lp_", "eyJ",
    ];
    for prefix in tokens {
        for path in [
            format!("/join/{prefix}{secret}"),
            format!("/join/{prefix}{secret}/events"),
            format!("/api/v1/{prefix}{secret}"),
            format!("/user/{prefix}{secret}"),
            format!("/account/{prefix}{secret}"),
        ] {
            for accept in ["*/*", "text/html"] {
                let accept = [("Accept", accept.to_owned())];
                for method in ["GET", "POST"] {
                    let line = format!("{method} {path}?t={prefix}{secret}");
                    let answer = client.ask(&line, &accept, "", "").expect("is answered");
                    assert!(answer.status >= 400, "{line}: {}", answer.status);
                    assert!(!answer.text().contains(secret), "{}", answer.text());
                }
            }
        }
        // A page that requires a sign-in, and the sign-in form with an address to return to.
        let accept = [("Accept", "text/html".to_owned())];
        for line in [
            format!("GET /account?t={prefix}{secret}"),
            format!("GET /sign-in?next=/join/{prefix}{secret}"),
            format!("GET /sign-in?next=%2Fjoin%3Ft%3D{prefix}{secret}"),
        ] {
            let answer = client.ask(&line, &accept, "", "").expect("is answered");
            assert!(answer.status < 400, "{line}: {}", answer.status);
            assert!(!answer.text().contains(secret), "{line}: {}", answer.text());
        }
    }
    let page = format!("GET /account?{}", "x".repeat(10_000));
    let accept = [("Accept", "text/html".to_owned())];
    let answer = client.ask(&page, &accept, "", "").expect("is answered");
    assert_eq!(answer.header("location"), Some("/sign-in"));
    server.stop();
    let log = log(folder.path());
    assert!(log.contains("/join/glp_\"") && log.contains("/join/glx_/events"));
    assert!(!log.contains(secret) && !log.contains("?t="));
}
