use serde_json::json;

use crate::test_app::{TestApp, new_email};

use super::{browser::Browser, change_event::planned};

const NEW: &str = "/events/new";

#[tokio::test]
async fn a_user_creates_an_event_and_sees_its_page() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await.html(200);
    let fields = [
        ("title", "Tea & cake"),
        ("description", "One\r\nTwo"),
        ("tags", "tea, cake"),
        ("start_date", "2026-12-01"),
        ("start_time", "18:00"),
        ("end_time", "20:00"),
        ("time_zone", "europe/paris"),
        ("location", "London"),
        ("visibility", "unlisted"),
        ("capacity", "12"),
    ];
    let sent = browser.sent(NEW, &fields).await;
    let address = sent.header("location").expect("leads on").to_owned();
    assert!(!address.contains('?'), "{address}");
    // The message is shown to the host only, and only once.
    let guest = Browser::new(&app).open(&address).await.html(200);
    assert!(!guest.contains("The event is created."), "{guest}");
    let page = browser.open(&address).await;
    let html = page.html(200);
    assert!(html.contains("The event is created. It is in no list: only people who have the address of this page can see it."));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    for link in ["?done=event-made", "?done=unlisted-event-made", ""] {
        let again = browser.open(&format!("{address}{link}")).await.html(200);
        assert!(!again.contains("The event is created."), "{again}");
    }
    assert_eq!(page.words_in("h1"), "Tea & cake Unlisted");
    let facts = page.words_in("dl");
    assert!(facts.contains("Tuesday 1 December 2026, 18:00 to 20:00 Europe/Paris, UTC+1"));
    assert!(
        facts.contains("You") && facts.contains("12 people"),
        "{facts}"
    );
    let home = browser.open("/").await;
    assert_eq!(home.words_in("h1"), "You have one event in 10 days.");
    let mine = browser.open("/events?mine").await.html(200);
    assert!(mine.contains("Tea &#38; cake") && mine.contains("Your events"));
    let events = browser.open("/events").await.html(200);
    assert!(!events.contains("Tea &#38; cake"), "it is unlisted");
}

#[tokio::test]
async fn after_creating_a_public_event_the_page_says_that_it_is_listed() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let page = browser.submit(NEW, &[("title", "Tea")]).await;
    let said = "The event is created. It is public, and it is in the list of events.";
    assert!(page.html(200).contains(said));
    assert!(browser.open("/events").await.html(200).contains("Tea"));
}

#[tokio::test]
async fn an_invalid_form_comes_back_as_typed() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let typed = [
        ("title", ""),
        ("description", "\r\n<b>One</b>\r\n\r\nTwo"),
        ("tags", "tea"),
        ("start_time", "18:00"),
        ("time_zone", "Europe/Paris"),
        ("visibility", "unlisted"),
    ];
    let page = browser.submit(NEW, &typed).await;
    page.html(422);
    let fields: Vec<_> = page.summary().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["title", "start_date"]);
    for (name, value) in typed {
        assert_eq!(browser.field(NEW, name), value, "{name}");
    }
    let made = browser
        .submit(NEW, &[("title", "Tea"), ("start_date", "2026-12-01")])
        .await;
    assert_eq!(made.words_in("h1"), "Tea Unlisted");
}

#[tokio::test]
async fn an_event_needs_only_a_name() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let page = browser.submit(NEW, &[("title", "Some day")]).await;
    assert_eq!(
        page.words_in("dl").split(" Where").next(),
        Some("When No date yet")
    );
}

#[tokio::test]
async fn a_form_that_is_too_large_gets_an_error_page() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let long = "x".repeat(70_000);
    let page = browser.submit(NEW, &[("description", &long)]).await;
    page.html(413);
    assert_eq!(page.words_in("h1"), "The form is too large");
}

#[tokio::test]
async fn above_the_quota_the_form_comes_back_as_typed() {
    let app = TestApp::start().await.with_events_per_user(1);
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    browser.submit(NEW, &[("title", "First")]).await.html(200);
    browser.open(NEW).await;
    let typed = [
        ("title", "Second"),
        ("description", "With milk"),
        ("tags", "tea"),
    ];
    let page = browser.submit(NEW, &typed).await;
    page.html(403);
    let (field, words) = page.summary().remove(0);
    assert_eq!(field, "title");
    assert!(words.contains("You have 1 event,"), "{words}");
    for (name, value) in typed {
        assert_eq!(browser.field(NEW, name), value);
    }
}

#[tokio::test]
async fn the_commas_of_other_scripts_separate_tags() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for (line, tags) in [
        ("شاي، كعك", json!(["شاي", "كعك"])),
        ("茶、お菓子，牛乳", json!(["茶", "お菓子", "牛乳"])),
        ("\"東京、大阪\"、茶", json!(["東京、大阪", "茶"])),
    ] {
        let event = planned(&browser, &[("title", "Tea"), ("tags", line)]).await;
        let stored = app.get(&format!("/api/v1{event}"), None).await.json();
        assert_eq!(stored["tags"], tags);
        // The edit form shows the same tags.
        let edit = format!("{event}/edit");
        browser.open(&edit).await;
        browser.submit(&edit, &[("title", "Cake")]).await.html(200);
        let stored = app.get(&format!("/api/v1{event}"), None).await.json();
        assert_eq!(stored["tags"], tags);
    }
}
