//! Imported password hashes that take seconds to check, with six sign-ins at the same time as those
//! of other users.

use std::{fs, path::Path, process::Output, thread};

use guestlist::{Email, Guestlist, Password, PasswordCost, SecretKey, testing::MemoryStore};
use serde_json::json;

use super::is_whole;
use crate::{
    binary::{IMPORT_LIMIT, Server, command},
    client::Client,
    test_app::{PASSWORD, new_email},
};

/// The number of concurrent sign-ins with a slow hash.
const SLOW: usize = 6;
const FILE: &str = "slow.ndjson";

/// The iterations of PBKDF2, the import limit in seconds that they exceed, and the number of other
/// users.
fn size() -> (u32, &'static str, usize) {
    if is_whole() {
        (10_000_000, "0.5", 46)
    } else {
        (2_000_000, "0.05", 12)
    }
}

/// Returns a hash with this cost of the password that all users of the test have.
async fn slow_hash(iterations: u32) -> String {
    let secret = SecretKey::new("0123456789abcdef0123456789abcdef").expect("is a key");
    let cost = PasswordCost::pbkdf2_sha256(iterations).expect("is a cost");
    let there = Guestlist::builder(MemoryStore::new(), secret).password_cost(cost);
    let email = Email::parse("slow@example.com").expect("is an address");
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
    (status.success(), said + refused.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_hashes_are_refused_at_import_and_do_not_delay_other_users() {
    let (iterations, limit, others) = size();
    let hash = slow_hash(iterations).await;
    let folder = tempfile::tempdir().expect("makes a folder");
    let slow: Vec<_> = (0..SLOW).map(|_| new_email()).collect();
    let lines = slow.iter().map(|email| {
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
            assert_eq!(said.matches(words).count(), SLOW, "{words}: {said}");
        }
    }
    let (is_done, said) = import(folder.path(), limit, &["--allow-slow-hashes"]);
    assert!(is_done && said.contains("6 inserted"), "{said}");

    let server = Server::start(folder.path(), &[]);
    let mut client = Client::connect(server.address()).expect("connects");
    let fast: Vec<_> = (0..others).map(|_| new_email()).collect();
    for email in &fast {
        assert_eq!(client.sign_up(email).expect("signs up").status, 201);
    }
    let (slow, fast) = thread::scope(|scope| {
        let sign_in = |email: &str| {
            let mut client = Client::connect(server.address()).expect("connects");
            client.sign_in(email).expect("is answered").status
        };
        let slow = slow.iter().map(|email| scope.spawn(move || sign_in(email)));
        let slow: Vec<_> = slow.collect();
        let fast: Vec<_> = fast.iter().map(|email| sign_in(email)).collect();
        let slow = slow.into_iter().map(|slow| slow.join().expect("no panic"));
        (slow.collect::<Vec<_>>(), fast)
    });
    assert_eq!(fast, vec![201; others], "the other users sign in");
    assert!(
        slow.iter().all(|status| matches!(status, 201 | 503)),
        "{slow:?}"
    );
    assert!(slow.contains(&201), "a slow hash is checked, too: {slow:?}");
}
