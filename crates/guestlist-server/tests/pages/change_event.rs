use axum::http::Method;
use planner::EventFields;
use serde_json::json;

use crate::test_app::{TestApp, new_email};

use super::browser::Browser;

/// Creates an event in this browser, and returns its path.
pub(super) async fn planned(browser: &Browser<'_>, fields: &[(&str, &str)]) -> String {
    browser.open("/events/new").await;
    let sent = browser.sent("/events/new", fields).await;
    let address = sent.header("location").expect("leads on");
    address.split('?').next().expect("is there").to_owned()
}

const EVENING: [(&str, &str); 6] = [
    ("title", "Tea"),
    ("description", "One\r\nTwo"),
    ("start_date", "2026-12-01"),
    ("start_time", "18:00"),
    ("time_zone", "Europe/Paris"),
    ("tags", "tea, cake"),
];

#[tokio::test]
async fn the_form_shows_the_stored_event_and_saves_the_typed_values() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &EVENING).await;
    let edit = format!("{event}/edit");
    browser.open(&edit).await.html(200);
    for (name, value) in EVENING {
        assert_eq!(browser.field(&edit, name), value, "{name}");
    }
    let page = browser.submit(&edit, &[("title", "Coffee")]).await;
    assert_eq!(page.words_in("h1"), "Coffee");
    assert!(page.html(200).contains("Saved."));
    let stored = app.get(&format!("/api/v1{event}"), None).await.json();
    assert_eq!(stored["description"], "One\nTwo");
    let changed = stored["etag"].clone();
    browser.open(&edit).await;
    browser.submit(&edit, &[]).await.html(200);
    let stored = app.get(&format!("/api/v1{event}"), None).await.json();
    assert_eq!(stored["etag"], changed, "nothing was changed");
}

/// An old value that a new rule refuses must not block changes of other fields.
#[tokio::test]
async fn old_values_that_the_rules_refuse_do_not_block_other_changes() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let address = planned(&browser, &EVENING).await;
    let id = address.rsplit('/').next().expect("has an id");
    let stored = async || {
        let id = id.parse().expect("is an id");
        let found = app.stores.planner.find_event(id).await.expect("answers");
        found.expect("is there").event
    };
    let old = stored().await;
    let mut event = old.clone();
    event.fields.title = "\u{202e}aeT".to_owned();
    event.fields.location = Some("\u{3164}".to_owned());
    event.fields.image = Some("tea.png".to_owned());
    event.version = old.version.next();
    let updated = app.stores.planner.update_event(&event, old.version).await;
    updated.expect("answers");
    let edit = format!("{address}/edit");
    browser.open(&edit).await;
    let changed = browser.submit(&edit, &[("capacity", "12")]).await;
    assert!(changed.html(200).contains("Room for"));
    let now = stored().await.fields;
    assert_eq!(now.capacity, Some(12));
    let texts = |fields: &EventFields| {
        (
            fields.title.clone(),
            fields.location.clone(),
            fields.image.clone(),
        )
    };
    assert_eq!(
        texts(&now),
        texts(&event.fields),
        "the old values are unchanged"
    );
    browser.open(&edit).await;
    let typed = [("title", "Cof\u{200b}fee"), ("image", "coffee.png")];
    let page = browser.submit(&edit, &typed).await;
    page.html(422);
    assert_eq!(page.summary().len(), 1, "{:?}", page.summary());
    assert_eq!(page.summary()[0].0, "image");
    browser.submit(&edit, &[("image", "")]).await.html(200);
    assert_eq!(stored().await.fields.title, "Coffee");
}

#[tokio::test]
async fn a_missing_field_stays_unchanged() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &EVENING).await;
    let edit = format!("{event}/edit");
    browser.open(&edit).await;
    let of = |name| format!("{name}={}", browser.field(&edit, name));
    let few = [of("csrf_token"), of("version"), "location=Wien".to_owned()];
    let before = app.get(&format!("/api/v1{event}"), None).await.json();
    let cookie = browser.cookie("guestlist").expect("is signed in");
    let headers = [
        ("cookie", &*format!("guestlist={cookie}")),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let sent = app.with_headers(Method::POST, &edit, &headers, few.join("&"));
    assert_eq!(sent.await.status, 303);
    let mut after = app.get(&format!("/api/v1{event}"), None).await.json();
    assert_eq!(after["location"], "Wien");
    for of_the_change in ["location", "updated_at", "etag"] {
        after[of_the_change] = before[of_the_change].clone();
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn after_a_concurrent_change_the_form_keeps_the_typed_values_and_shows_the_stored_ones() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let event = planned(&browser, &EVENING).await;
    let edit = format!("{event}/edit");
    let other = Browser::signed_in(&app, &email).await;
    browser.open(&edit).await;
    other.open(&edit).await;
    other
        .submit(
            &edit,
            &[("title", "Coffee"), ("location", "Wien"), ("tags", "black")],
        )
        .await
        .html(200);
    let mine = [("title", "Cocoa"), ("tags", "hot"), ("capacity", "7")];
    let page = browser.submit(&edit, &mine).await;
    let html = page.html(412);
    assert!(html.contains("The event was changed while you edited it"));
    assert!(html.contains(
        "<th scope=\"row\">The name</th><td dir=\"auto\">Cocoa</td><td dir=\"auto\">Coffee</td>"
    ));
    assert!(html.contains("<th scope=\"row\">The tags</th>"), "{html}");
    assert_eq!(
        html.matches("scope=\"row\"").count(),
        2,
        "only one of both has changed the place and the capacity"
    );
    assert_eq!(browser.field(&edit, "title"), "Cocoa", "it is kept");
    assert_eq!(browser.field(&edit, "location"), "Wien", "it is stored");
    let saved = browser.submit(&edit, &[]).await;
    assert_eq!(saved.words_in("h1"), "Cocoa");
    let stored = app.get(&format!("/api/v1{event}"), None).await.json();
    assert_eq!(
        (&stored["title"], &stored["location"]),
        (&json!("Cocoa"), &json!("Wien"))
    );
}

/// Two windows that changed different fields: both changes are saved.
#[tokio::test]
async fn after_a_concurrent_change_a_second_save_reverts_no_other_field() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let event = planned(&browser, &EVENING).await;
    let edit = format!("{event}/edit");
    let other = Browser::signed_in(&app, &email).await;
    browser.open(&edit).await;
    other.open(&edit).await;
    let theirs = [
        ("location", "Wien"),
        ("tags", "cake"),
        ("end_time", "20:00"),
    ];
    other.submit(&edit, &theirs).await.html(200);
    let page = browser.submit(&edit, &[("title", "Cocoa")]).await;
    assert!(page.html(200).contains("Saved."));
    let stored = app.get(&format!("/api/v1{event}"), None).await.json();
    assert_eq!(stored["title"], "Cocoa");
    assert_eq!(stored["location"], "Wien");
    assert_eq!(stored["tags"], json!(["cake"]));
    assert_eq!(stored["ends_at"], "2026-12-01T20:00:00+01:00");
}

/// Save, back, and save again: what the same form has saved before is no conflict.
#[tokio::test]
async fn a_form_that_was_saved_before_is_saved_again() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &EVENING).await;
    let edit = format!("{event}/edit");
    browser.open(&edit).await;
    let first = browser.filled_in(&edit, &[("title", "Coffee")]);
    let second = browser.filled_in(&edit, &[("title", "Coffee"), ("capacity", "12")]);
    let third = browser.filled_in(&edit, &[("title", "Cocoa"), ("capacity", "12")]);
    for sent in [&first, &second] {
        let page = browser.submit_again(&edit, sent).await;
        assert!(page.html(200).contains("Saved."));
    }
    let stored = app.get(&format!("/api/v1{event}"), None).await.json();
    assert_eq!(
        (&stored["title"], &stored["capacity"]),
        (&json!("Coffee"), &json!(12))
    );
    // The same field once more: it is shown beside what is stored, and the next save stores it.
    let page = browser.submit_again(&edit, &third).await;
    let html = page.html(412);
    assert_eq!(html.matches("scope=\"row\"").count(), 1, "{html}");
    let page = browser.submit(&edit, &[]).await;
    assert_eq!(page.words_in("h1"), "Cocoa");
}

#[tokio::test]
async fn times_are_a_conflict_if_both_have_changed_one() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let event = planned(&browser, &EVENING).await;
    let edit = format!("{event}/edit");
    let other = Browser::signed_in(&app, &email).await;
    browser.open(&edit).await;
    other.open(&edit).await;
    other
        .submit(&edit, &[("start_time", "21:00")])
        .await
        .html(200);
    let page = browser.submit(&edit, &[("end_time", "20:00")]).await;
    let html = page.html(412);
    assert!(
        html.contains("The beginning</th><td dir=\"auto\">18:00</td><td dir=\"auto\">21:00</td>"),
        "{html}"
    );
    assert!(
        html.contains("The end</th><td dir=\"auto\">20:00</td><td dir=\"auto\"></td>"),
        "{html}"
    );
    browser.submit(&edit, &[]).await.html(200);
    let stored = app.get(&format!("/api/v1{event}"), None).await.json();
    assert_eq!(stored["starts_at"], "2026-12-01T18:00:00+01:00");
    assert_eq!(stored["ends_at"], "2026-12-01T20:00:00+01:00");
}

#[tokio::test]
async fn only_the_creator_gets_the_form() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &EVENING).await;
    let stranger = Browser::new(&app);
    for page in ["edit", "delete"] {
        let path = format!("{event}/{page}");
        let asked = stranger.ask(&path).await;
        assert_eq!(asked.status, 303, "{page}");
        let other = Browser::signed_up(&app, &new_email()).await;
        let asked = other.open(&path).await;
        asked.html(403);
        assert_eq!(asked.words_in("h1"), "You do not have permission");
        assert!(
            asked
                .text()
                .contains("Only the creator may change or delete an event.")
        );
    }
    browser.open("/events/nothing/edit").await.html(404);
}
