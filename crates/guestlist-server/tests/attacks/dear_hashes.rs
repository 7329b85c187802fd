//! Imported password hashes of which one try takes seconds, tried six times at once while others sign in.

use std::{fs, path::Path, process::Output, thread};

use guestlist::{Email, Guestlist, Password, PasswordCost, SecretKey, testing::MemoryStore};
use serde_json::json;

use super::is_whole;
use crate::{
    binary::{IMPORT_LIMIT, Server, command},
    client::Client,
    test_app::{PASSWORD, new_email},
};

/// So many requests try a dear hash at once.
const DEAR: usize = 6;
const FILE: &str = "dear.ndjson";

/// The iterations of PBKDF2, the limit in seconds that they exceed, and how many others sign in meanwhile.
fn size() -> (u32, &'static str, usize) {
    if is_whole() {
        (10_000_000, "0.5", 46)
    } else {
        (2_000_000, "0.05", 12)
    }
}

/// A hash of the password that all have here, made at that cost.
async fn dear_hash(iterations: u32) -> String {
    let secret = SecretKey::new("0123456789abcdef0123456789abcdef").expect("is a key");
    let cost = PasswordCost::pbkdf2_sha256(iterations).expect("is a cost");
    let there = Guestlist::builder(MemoryStore::new(), secret).password_cost(cost);
    let email = Email::parse("dear@example.com").expect("is an address");
    let user = there
        .build()
        .expect("builds")
        .sign_up(email, Password::new(PASSWORD))
        .await;
    let hash = user.expect("signs up").password_hash.expect("has a hash");
    hash.as_stored().to_owned()
}

fn import(folder: &Path, limit: &str, flags: &[&str]) -> (bool, String) {
    let environment = [(IMPORT_LIMIT, limit)];
    let output = command(folder, &environment)
        .args(["users", "import", FILE, "--rejects", "rejects.csv"])
        .args(flags)
        .output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.expect("runs");
    let said = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    let rejects = folder.join("rejects.csv");
    let refused = fs::read_to_string(&rejects).unwrap_or_default();
    let _ = fs::remove_file(rejects);
    (status.success(), said + &refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn dear_hashes_are_refused_at_import_and_hold_up_nobody_else_if_they_are_stored() {
    let (iterations, limit, others) = size();
    let hash = dear_hash(iterations).await;
    let folder = tempfile::tempdir().expect("makes a folder");
    let dear: Vec<_> = (0..DEAR).map(|_| new_email()).collect();
    let lines = dear.iter().map(|email| {
        let user = json!({ "email": email, "password_hash": hash });
        format!("{user}\n")
    });
    fs::write(folder.path().join(FILE), lines.collect::<String>()).expect("writes");

    for flags in [&["--dry-run"][..], &[]] {
        let (is_done, said) = import(folder.path(), limit, flags);
        assert!(!is_done, "{said}");
        for words in [
            &*format!("pbkdf2 with iterations={iterations}"),
            "s on this machine",
            "--allow-slow-hashes",
            "`limits.import_hash_seconds`",
        ] {
            assert_eq!(said.matches(words).count(), DEAR, "{words}: {said}");
        }
    }
    let (is_done, said) = import(folder.path(), limit, &["--allow-slow-hashes"]);
    assert!(is_done && said.contains("6 inserted"), "{said}");

    let server = Server::start(folder.path(), &[]);
    let mut client = Client::connect(server.address()).expect("connects");
    let friends: Vec<_> = (0..others).map(|_| new_email()).collect();
    for email in &friends {
        assert_eq!(client.sign_up(email).expect("signs up").status, 201);
    }
    let (dear, friends) = thread::scope(|scope| {
        let sign_in = |email: &str| {
            let mut client = Client::connect(server.address()).expect("connects");
            client.sign_in(email).expect("is answered").status
        };
        let dear = dear.iter().map(|email| scope.spawn(move || sign_in(email)));
        let dear: Vec<_> = dear.collect();
        let friends: Vec<_> = friends.iter().map(|email| sign_in(email)).collect();
        let dear = dear.into_iter().map(|dear| dear.join().expect("no panic"));
        (dear.collect::<Vec<_>>(), friends)
    });
    assert_eq!(friends, vec![201; others], "the others sign in");
    assert!(
        dear.iter().all(|status| matches!(status, 201 | 503)),
        "{dear:?}"
    );
    assert!(dear.contains(&201), "a stored hash is tried: {dear:?}");
}
