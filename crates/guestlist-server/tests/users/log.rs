//! `guestlist log`.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::Value;

use super::Installation;

const ADA: &str = "ada@example.com";

fn add(installation: &Installation, address: &str) {
    let added = installation.users_with(&["add", address], b"exemplary\n");
    added.success();
}

#[test]
fn commands_are_in_the_log_of_their_user() {
    let installation = Installation::new();
    add(&installation, ADA);
    add(&installation, "bob@example.com");
    installation.users(&["disable", ADA]).success();
    installation.users(&["enable", ADA]).success();
    let log = installation.runs(&[], &["log", ADA]).success();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 3, "{log}");
    for (line, words) in lines.iter().zip([
        "A command on the server created the account",
        "A command on the server disabled the account",
        "A command on the server enabled the account",
    ]) {
        assert!(
            line.contains(words) && line.contains("command_line"),
            "{log}"
        );
    }
    let bob = installation
        .runs(&[], &["log", "bob@example.com"])
        .success();
    assert_eq!(bob.lines().count(), 1, "{bob}");
    let all = installation.runs(&[], &["log", "--json"]).success();
    let all: Vec<Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).expect("is JSON"))
        .collect();
    let kinds: Vec<_> = all.iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["signed_up", "signed_up", "disabled", "enabled"]);
    assert_ne!(all[0]["user"], all[1]["user"]);
    let unknown = installation.runs(&[], &["log", "nobody@example.com"]);
    assert!(unknown.failure().contains("there is no user"));
}

#[test]
fn following_prints_new_events() {
    let installation = Installation::new();
    add(&installation, ADA);
    let mut follow = installation
        .shell("exec guestlist log --follow --json")
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(follow.stdout.take().expect("is piped")).lines();
    let mut next = || lines.next().expect("goes on").expect("is a text");
    assert!(next().contains("\"signed_up\""));
    for (command, kind) in [("disable", "\"disabled\""), ("enable", "\"enabled\"")] {
        installation.users(&[command, ADA]).success();
        let line = next();
        assert!(line.contains(kind), "{line}");
    }
    follow.kill().expect("stops");
    follow.wait().expect("ends");
}

#[test]
fn following_a_user_prints_only_new_events_of_that_user() {
    let installation = Installation::new();
    add(&installation, ADA);
    add(&installation, "bob@example.com");
    let mut follow = installation
        .shell(&format!("exec guestlist log {ADA} --follow --json"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut lines = BufReader::new(follow.stdout.take().expect("is piped")).lines();
    let mut next = || lines.next().expect("goes on").expect("is a text");
    assert!(next().contains("\"signed_up\""));
    for (command, kind) in [("disable", "\"disabled\""), ("enable", "\"enabled\"")] {
        installation
            .users(&["disable", "bob@example.com"])
            .success();
        installation.users(&["enable", "bob@example.com"]).success();
        installation.users(&[command, ADA]).success();
        let line = next();
        assert!(line.contains(kind), "{line}");
    }
    follow.kill().expect("stops");
    follow.wait().expect("ends");
}

#[test]
fn a_deleted_account_leaves_no_entry() {
    let installation = Installation::new();
    add(&installation, ADA);
    installation.users(&["delete", ADA, "--yes"]).success();
    assert_eq!(installation.runs(&[], &["log"]).success(), "");
}
