//! Users of six other systems are imported. Each test follows `docs/import.md` exactly, with an
//! export that the other system made. Afterwards every user signs in with the old password.

mod guide;
mod system;

use std::collections::BTreeSet;

use guestlist::HashStanding;
use serde_json::{Value, json};

use crate::{
    test_app::{Answer, TestApp},
    users::Installation,
};
use system::{Exported, System};

/// Imports the system's export with the commands of the guide, and returns the installation.
fn import_as_the_guide_says(system: &System) -> Installation {
    let installation = Installation::new();
    installation.write(system.file, system.read(system.file));
    let lines = guide::lines_of(system.heading);
    let [dry_run, import] = &lines[..] else {
        panic!("{}: {lines:?}", system.heading)
    };
    let users = system.users;
    let counts = format!(
        "{users} rows read: {users} inserted, 0 updated, 0 unchanged, 0 skipped, 0 refused; "
    );
    let said = installation.types(dry_run).success();
    let expected = format!("dry run, nothing was written: {counts}");
    assert!(said.starts_with(&expected), "{dry_run}: {said}");
    assert!(installation.all_users().is_empty());
    let said = installation.types(import).success();
    assert!(said.starts_with(&counts), "{import}: {said}");
    installation
}

fn assert_is_imported_as_exported(user: &Value, exported: &Exported) {
    assert_eq!(user["email"], exported.value("email"));
    assert_eq!(
        user["name"].as_str().unwrap_or_default(),
        exported.value("name")
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
    if !exported.value("id").is_empty() {
        assert_eq!(user["id"], exported.value("id"));
    }
    let hash = Some(exported.value("password_hash"));
    let hash = hash.filter(|hash| !hash.is_empty() && !hash.starts_with('!'));
    assert_eq!(user["password_hash"].as_str(), hash);
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    let credentials = json!({ "email": email, "password": password });
    app.post("/api/v1/sessions", None, &credentials).await
}

/// Returns the body of a refusal without its request id.
fn refusal(answer: &Answer) -> Value {
    let mut refusal = answer.refused(401, "wrong_credentials");
    refusal["request_id"].take();
    refusal
}

async fn assert_signed_in(app: &TestApp, answer: &Answer, email: &str) {
    assert_eq!(answer.status, 201, "{email}: {answer:?}");
    let opened = answer.json();
    let me = app.get("/api/v1/me", opened["access_token"].as_str()).await;
    assert_eq!(me.json()["email"], email, "{me:?}");
}

/// Asserts that the response equals the one for an unknown user.
async fn assert_is_refused(app: &TestApp, email: &str, password: &str) {
    let unknown = sign_in(app, "nobody@example.com", password).await;
    let refused = sign_in(app, email, password).await;
    assert_eq!(refusal(&refused), refusal(&unknown), "{email}");
}

/// Asserts that the password is accepted, and a wrong one is not. After the sign-in the hash is a
/// current one, except if bcrypt compared only a part of a long password. The password is accepted
/// again after that.
async fn assert_signs_in(app: &TestApp, email: &str, password: &str) {
    let before = app.user(email).await.password_hash.expect("has one");

    assert_signed_in(app, &sign_in(app, email, password).await, email).await;

    let after = app.user(email).await.password_hash.expect("has one");
    let standing = app.app.guestlist.standing(&after);
    let cut = app.app.guestlist.standing(&before) == HashStanding::Cut;
    if cut && password.len() > 72 {
        assert_eq!(after.as_stored(), before.as_stored(), "{email}");
        assert_eq!(standing, HashStanding::Cut, "{email}");
    } else {
        assert_eq!(standing, HashStanding::Current, "{email}");
    }
    assert_is_refused(app, email, &format!("x{password}")).await;
    assert_signed_in(app, &sign_in(app, email, password).await, email).await;
}

async fn import_and_sign_everyone_in(system: &System) {
    let installation = import_as_the_guide_says(system);
    let exported = system.exported();
    let users = installation.all_users();
    assert_eq!(users.len(), exported.len());
    for exported in &exported {
        let mut same = users
            .iter()
            .filter(|user| user["email"] == exported.value("email"));
        assert_is_imported_as_exported(same.next().expect("is imported"), exported);
        assert!(same.next().is_none());
    }

    let app = TestApp::on_installation(installation).await;
    let passwords = system.passwords();
    assert_eq!(passwords.len(), exported.len());
    let mut schemes = BTreeSet::new();
    for (email, password) in &passwords {
        let exported = exported.iter().find(|user| user.value("email") == email);
        if password.is_empty() {
            assert_is_refused(&app, email, "exemplary").await;
            continue;
        }
        if exported.expect("is exported").is("disabled") {
            assert_is_refused(&app, email, password).await;
            continue;
        }
        let hash = app.user(email).await.password_hash.expect("has one");
        // Checking a wrong password against a hash of another system takes up to a second, so each
        // scheme is checked once.
        if schemes.insert(hash.scheme()) {
            assert_is_refused(&app, email, &format!("x{password}")).await;
        }
        assert_signs_in(&app, email, password).await;
    }
}

#[tokio::test]
async fn users_of_fastapi_with_passlib_sign_in_after_the_import() {
    import_and_sign_everyone_in(&System::FASTAPI_PASSLIB).await;
}

#[tokio::test]
async fn users_of_fastapi_users_sign_in_after_the_import() {
    import_and_sign_everyone_in(&System::FASTAPI_USERS).await;
}

#[tokio::test]
async fn users_of_django_sign_in_after_the_import() {
    import_and_sign_everyone_in(&System::DJANGO).await;
}

#[tokio::test]
async fn users_of_better_auth_sign_in_after_the_import() {
    import_and_sign_everyone_in(&System::BETTER_AUTH).await;
}

#[tokio::test]
async fn users_of_devise_sign_in_after_the_import() {
    import_and_sign_everyone_in(&System::DEVISE).await;
}

#[tokio::test]
async fn users_of_firebase_sign_in_after_the_import() {
    import_and_sign_everyone_in(&System::FIREBASE).await;
}
