use serde_json::{Value, json};

use crate::test_app::{TestApp, new_email};

async fn made(app: &TestApp, email: &str, event: &Value) -> String {
    let token = app.signed_in(email).await;
    let made = app.post("/api/v1/events", Some(&token), event).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["id"].as_str().expect("is there").to_owned()
}

#[tokio::test]
async fn the_page_shows_the_time_in_the_events_zone_the_location_and_the_creator() {
    let app = TestApp::start().await;
    let email = new_email();
    let event = json!({
        "title": "Tea", "location": "London", "online_url": "https://meet.example/x",
        "starts_at": "2026-12-01T18:00", "ends_at": "2026-12-01T20:00", "time_zone": "Europe/Paris",
        "capacity": 1, "tags": ["a b"],
    });
    let id = made(&app, &email, &event).await;
    let page = app.page(&format!("/events/{id}")).await;
    let html = page.html(200);
    let facts = "When Tuesday 1 December 2026, 18:00 to 20:00 Europe/Paris, UTC+1 In 10 days \
        Where London Join online Host a member Room for 1 person";
    assert_eq!(page.words_in("dl"), facts);
    assert!(html.contains("<time class=\"big\" datetime=\"2026-12-01T18:00:00+01:00\">"));
    assert!(html.contains("href=\"/events?tag=a%20b\""), "{html}");
    assert!(html.contains(&format!("href=\"/events/{id}.ics\"")));
    let part = email.split('@').next().expect("has one");
    assert!(!html.contains(part), "the creator's address is not shown");
    assert!(!html.contains("/edit") && !html.contains("/delete"));
}

#[tokio::test]
async fn an_unlisted_event_is_shown_to_everyone_with_its_address_and_not_indexed() {
    let app = TestApp::start().await;
    let event = json!({
        "title": "Surprise", "visibility": "unlisted", "start_date": "2026-12-01", "capacity": 100_000,
    });
    let id = made(&app, &new_email(), &event).await;
    let page = app.page(&format!("/events/{id}")).await;
    let html = page.html(200);
    assert!(html.contains("<meta name=\"robots\" content=\"noindex\">"));
    assert!(
        page.words_in("dl")
            .contains("Tuesday 1 December 2026 all day")
    );
    assert!(page.words_in("dl").ends_with("Room for 100,000 people"));
}

#[tokio::test]
async fn user_text_has_its_own_direction() {
    let app = TestApp::start().await;
    let event =
        json!({ "title": "שלום", "description": "עולם", "location": "חיפה", "tags": ["תה"] });
    let id = made(&app, &new_email(), &event).await;
    let html = app.page(&format!("/events/{id}")).await.html(200);
    for part in [
        "<h1 dir=\"auto\">שלום",
        "<p class=\"about\" dir=\"auto\">עולם",
        "<bdi>חיפה</bdi>",
        "<bdi>תה</bdi>",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let html = app.page("/events").await.html(200);
    for text in ["שלום", "חיפה", "תה"] {
        assert!(html.contains(&format!("<bdi>{text}</bdi>")), "{html}");
    }
}

#[tokio::test]
async fn user_text_is_never_markup() {
    let app = TestApp::start().await;
    let nasty = "</title><script>alert(1)</script>\"'><img src=x>";
    let event = json!({
        "title": nasty, "description": nasty, "location": nasty, "tags": ["</a><script>"],
    });
    let id = made(&app, &new_email(), &event).await;
    let search = format!("/events?q={}", "%22%3E%3Cscript%3Ealert(1)");
    for path in [&format!("/events/{id}"), "/events", "/", &search] {
        let html = app.page(path).await.html(200);
        assert!(!html.contains("<script>"), "{path}: {html}");
        assert!(!html.contains("<img src=x"), "{path}: {html}");
    }
}

#[tokio::test]
async fn an_image_is_shown_as_a_link_only_for_a_web_address() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (image, is_shown) in [
        ("https://example.com/a.png", true),
        ("javascript:alert(1)", false),
        ("a.png", false),
    ] {
        let event = json!({
            "title": "Tea", "image": image, "description": "", "tags": [image], "location": "",
        });
        let made = app.post("/event/new", Some(&token), &event).await;
        assert_eq!(made.status, 200, "{made:?}");
        let all = app.get("/event/", None).await.json();
        let last = all.as_array().expect("is a list").last().expect("is there");
        let id = last["_id"].as_str().expect("is there");
        let html = app.page(&format!("/events/{id}")).await.html(200);
        assert_eq!(html.contains(">Picture</a>"), is_shown, "{image}");
        assert!(!html.contains("href=\"javascript"), "{image}");
    }
}
