//! Deleted data soon is in no file: not in the database, not in its write-ahead log, and not in a
//! backup. Pages and the API delete the data.

use std::{fs, path::Path, time::Duration};

use axum::http::Method;
use guestlist::{UserName, testing::user};
use guestlist_server::database::Stores;
use planner::{Event, EventFields, EventId, Version, Visibility, When};
use serde_json::json;

use super::browser::Browser;
use crate::test_app::{PASSWORD, TestApp};

/// An application on a SQLite file with accounts and events of other users.
async fn among_others(folder: &Path) -> TestApp {
    let url = format!("sqlite:{}", folder.join("a.sqlite").display());
    let stores = Stores::open(&url).await.expect("opens");
    let app = TestApp::over(stores.accounts.clone(), stores, (), |builder| builder);
    others(&app, 0..60).await;
    app
}

/// Inserts accounts and events of other users, so that database pages with the data to delete are
/// split.
async fn others(app: &TestApp, numbers: std::ops::Range<usize>) {
    for number in numbers {
        // In random order, like real addresses.
        let creator = user(&format!(
            "{:x}@example.com",
            number.wrapping_mul(0x9e37_79b9)
        ));
        app.stores
            .accounts
            .insert_user(&creator)
            .await
            .expect("inserts");
        let event = Event {
            id: EventId::new(creator.created_at),
            creator: creator.id,
            fields: EventFields {
                title: format!("Event {number}"),
                description: "another user's words ".repeat(number * 7 % 90),
                image: None,
                tags: vec!["shared".to_owned()],
                location: None,
                online_url: None,
                when: When::UNDECIDED,
                capacity: None,
                visibility: Visibility::Public,
            },
            created_at: creator.created_at,
            updated_at: creator.created_at,
            version: Version::FIRST,
            fingerprint: None,
        };
        app.stores
            .planner
            .insert_event(&event, u32::MAX)
            .await
            .expect("inserts");
    }
}

/// Returns which texts are found in which file of the folder.
fn found(folder: &Path, needles: &[String]) -> Vec<String> {
    let mut found = vec![];
    for file in fs::read_dir(folder).expect("lists") {
        let path = file.expect("lists").path();
        let bytes = fs::read(&path).expect("reads");
        let holds = |needle: &&String| {
            let needle = needle.as_bytes();
            bytes.windows(needle.len()).any(|some| some == needle)
        };
        let held = needles.iter().filter(holds);
        found.extend(held.map(|needle| format!("{needle} in {}", path.display())));
    }
    found
}

async fn until_gone(folder: &Path, needles: &[String]) {
    for _ in 0..200 {
        if found(folder, needles).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("after 20 seconds: {:?}", found(folder, needles));
}

fn assert_not_in_a_backup(folder: &Path, needles: &[String]) {
    let elsewhere = tempfile::tempdir().expect("makes a folder");
    let backup = elsewhere.path().join("backup.sqlite");
    guestlist_sqlite::back_up(&folder.join("a.sqlite"), &backup).expect("backs up");
    assert_eq!(found(elsewhere.path(), needles), [""; 0]);
}

#[tokio::test]
async fn a_deleted_account_with_its_events_is_in_no_file() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let app = among_others(folder.path()).await;
    let browser = Browser::signed_up(&app, "veronica.fickle@example.com").await;
    let token = app.sign_in("veronica.fickle@example.com").await;
    for number in 0..20 {
        let event = json!({
            "title": format!("Ballroom{number} soirée"),
            "description": "with wonderful lanterns ".repeat(number * 11 % 70 + 1),
            "location": "Quayside warehouse",
            "tags": ["masquerade"],
        });
        let made = app.post("/api/v1/events", Some(&token), &event).await;
        assert_eq!(made.status, 201);
        others(&app, 100 + number * 3..103 + number * 3).await;
    }
    let store = &app.stores.accounts;
    let email = guestlist::testing::email("veronica.fickle@example.com");
    let veronica = store.find_user_by_email(&email).await.expect("answers");
    let veronica = veronica.expect("is there");
    let name = UserName::parse("Veronica Fickle").expect("is a name");
    let named = store.set_name(veronica.id, veronica.epoch, Some(&name));
    named.await.expect("is kept");
    let hash = veronica
        .password_hash
        .expect("has one")
        .as_stored()
        .to_owned();
    let needles = [
        "veronica.fickle",
        "Veronica Fickle",
        &hash,
        "Ballroom",
        "ballroom",
        "wonderful lanterns",
        "Quayside",
        "masquerade",
    ]
    .map(str::to_owned);
    let before = found(folder.path(), &needles);
    assert!(before.len() >= needles.len(), "{before:?}");

    browser.open("/account/delete").await;
    let deleted = browser.submit("/account/delete", &[("password", PASSWORD)]);
    deleted.await.html(200);
    until_gone(folder.path(), &needles).await;
    assert_not_in_a_backup(folder.path(), &needles);
}

#[tokio::test]
async fn a_deleted_event_and_a_replaced_text_are_in_no_file() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let app = among_others(folder.path()).await;
    let token = app.signed_in("ada@example.com").await;
    let mut addresses = vec![];
    for words in ["regrettable ", "cancelled "] {
        let event = json!({ "title": words, "description": words.repeat(300) });
        let made = app.post("/api/v1/events", Some(&token), &event).await;
        let header = |name| made.header(name).expect("is there").to_owned();
        addresses.push((header("location"), header("etag")));
        others(&app, 100 + addresses.len() * 9..109 + addresses.len() * 9).await;
    }
    let needles = ["regrettable", "cancelled"].map(str::to_owned);
    assert!(found(folder.path(), &needles).len() >= 2);
    let bearer = format!("Bearer {token}");
    let fine = json!({ "title": "Fine", "description": "Fine" }).to_string();
    for ((path, etag), method, body, status) in [
        (&addresses[0], Method::PATCH, fine.as_str(), 200),
        (&addresses[1], Method::DELETE, "", 204),
    ] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/merge-patch+json"),
            ("if-match", etag.as_str()),
        ];
        let answer = app.with_headers(method, path, &headers, body.to_owned());
        assert_eq!(answer.await.status, status, "{path}");
    }
    until_gone(folder.path(), &needles).await;
    assert_not_in_a_backup(folder.path(), &needles);
}
