//! Users of six other systems move in: `docs/import.md` is followed to the letter, on what each
//! system exported itself, and then everybody signs in with the password they had there.

mod guide;
mod system;

use std::collections::BTreeSet;

use guestlist::HashStanding;
use serde_json::{Value, json};

use crate::{
    test_app::{Answer, TestApp},
    users::House,
};
use system::{Exported, System};

/// A folder with the system's export and, as the guide says it, everybody in it.
fn everybody_came_in(system: &System) -> House {
    let house = House::new();
    house.write(system.file, system.read(system.file));
    let lines = guide::lines_of(system.heading);
    let [dry_run, import] = &lines[..] else {
        panic!("{}: {lines:?}", system.heading)
    };
    let users = system.users;
    let counts = format!(
        "{users} rows read: {users} inserted, 0 updated, 0 unchanged, 0 skipped, 0 refused; "
    );
    let said = house.types(dry_run).well();
    let expected = format!("dry run, nothing was written: {counts}");
    assert!(said.starts_with(&expected), "{dry_run}: {said}");
    assert!(house.everybody().is_empty());
    let said = house.types(import).well();
    assert!(said.starts_with(&counts), "{import}: {said}");
    house
}

fn assert_came_in_as_exported(user: &Value, exported: &Exported) {
    assert_eq!(user["email"], exported.said("email"));
    assert_eq!(
        user["name"].as_str().unwrap_or_default(),
        exported.said("name")
    );
    assert_eq!(user["email_verified"], exported.is("email_verified"));
    assert_eq!(user["disabled"], exported.is("disabled"));
    if let Some(created_at) = exported.created_at() {
        let kept: jiff::Timestamp = user["created_at"]
            .to_string()
            .trim_matches('"')
            .parse()
            .expect("is a time");
        assert_eq!(kept.as_millisecond(), created_at, "{user}");
    }
    if !exported.said("id").is_empty() {
        assert_eq!(user["id"], exported.said("id"));
    }
    let hash = Some(exported.said("password_hash"));
    let hash = hash.filter(|hash| !hash.is_empty() && !hash.starts_with('!'));
    assert_eq!(user["password_hash"].as_str(), hash);
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    let credentials = json!({ "email": email, "password": password });
    app.post("/api/v1/sessions", None, &credentials).await
}

/// What a refusal says, apart from which request it was.
fn refusal(answer: &Answer) -> Value {
    let mut refusal = answer.refused(401, "wrong_credentials");
    refusal["request_id"].take();
    refusal
}

async fn assert_is_in(app: &TestApp, answer: &Answer, email: &str) {
    assert_eq!(answer.status, 201, "{email}: {answer:?}");
    let opened = answer.json();
    let me = app.get("/api/v1/me", opened["access_token"].as_str()).await;
    assert_eq!(me.json()["email"], email, "{me:?}");
}

/// The answer is the one that a stranger gets.
async fn assert_is_kept_out(app: &TestApp, email: &str, password: &str) {
    let nobody = sign_in(app, "nobody@example.com", password).await;
    let kept_out = sign_in(app, email, password).await;
    assert_eq!(refusal(&kept_out), refusal(&nobody), "{email}");
}

/// The password opens; then the hash is the server's own, unless nobody can tell whether the whole
/// password was right; a wrong one does not open; and the right one still does.
async fn assert_signs_in(app: &TestApp, email: &str, password: &str) {
    let before = app.user(email).await.password_hash.expect("has one");

    assert_is_in(app, &sign_in(app, email, password).await, email).await;

    let after = app.user(email).await.password_hash.expect("has one");
    let standing = app.app.guestlist.standing(&after);
    let cut = app.app.guestlist.standing(&before) == HashStanding::Cut;
    if cut && password.len() > 72 {
        assert_eq!(after.as_stored(), before.as_stored(), "{email}");
        assert_eq!(standing, HashStanding::Cut, "{email}");
    } else {
        assert_eq!(standing, HashStanding::Current, "{email}");
    }
    assert_is_kept_out(app, email, &format!("x{password}")).await;
    assert_is_in(app, &sign_in(app, email, password).await, email).await;
}

async fn everybody_moves_in(system: &System) {
    let house = everybody_came_in(system);
    let exported = system.exported();
    let users = house.everybody();
    assert_eq!(users.len(), exported.len());
    for exported in &exported {
        let mut same = users
            .iter()
            .filter(|user| user["email"] == exported.said("email"));
        assert_came_in_as_exported(same.next().expect("came in"), exported);
        assert!(same.next().is_none());
    }

    let app = TestApp::moved_into(house).await;
    let passwords = system.passwords();
    assert_eq!(passwords.len(), exported.len());
    let mut schemes = BTreeSet::new();
    for (email, password) in &passwords {
        let exported = exported.iter().find(|user| user.said("email") == email);
        if password.is_empty() {
            assert_is_kept_out(&app, email, "exemplary").await;
            continue;
        }
        if exported.expect("is exported").is("disabled") {
            assert_is_kept_out(&app, email, password).await;
            continue;
        }
        let hash = app.user(email).await.password_hash.expect("has one");
        // Against a hash of the other system a wrong password costs up to a second: once a scheme.
        if schemes.insert(hash.scheme()) {
            assert_is_kept_out(&app, email, &format!("x{password}")).await;
        }
        assert_signs_in(&app, email, password).await;
    }
}

#[tokio::test]
async fn everybody_moves_in_from_fastapi_with_passlib() {
    everybody_moves_in(&System::FASTAPI_PASSLIB).await;
}

#[tokio::test]
async fn everybody_moves_in_from_fastapi_users() {
    everybody_moves_in(&System::FASTAPI_USERS).await;
}

#[tokio::test]
async fn everybody_moves_in_from_django() {
    everybody_moves_in(&System::DJANGO).await;
}

#[tokio::test]
async fn everybody_moves_in_from_better_auth() {
    everybody_moves_in(&System::BETTER_AUTH).await;
}

#[tokio::test]
async fn everybody_moves_in_from_devise() {
    everybody_moves_in(&System::DEVISE).await;
}

#[tokio::test]
async fn everybody_moves_in_from_firebase() {
    everybody_moves_in(&System::FIREBASE).await;
}
