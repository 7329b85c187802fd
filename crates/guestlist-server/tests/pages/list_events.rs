use serde_json::json;

use crate::test_app::{TestApp, new_email};

use super::browser::Browser;

/// The test clock starts at 2026-11-21.
async fn with_events(events: &[serde_json::Value]) -> TestApp {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for event in events {
        let made = app.post("/api/v1/events", Some(&token), event).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    app
}

#[tokio::test]
async fn upcoming_events_are_grouped_by_month_and_events_without_a_date_come_last() {
    let app = with_events(&[
        json!({ "title": "Some day" }),
        json!({ "title": "Over", "starts_at": "2026-11-20T18:00Z" }),
        json!({ "title": "Next month", "start_date": "2026-12-05" }),
        json!({ "title": "On", "starts_at": "2026-11-20T18:00Z", "ends_at": "2026-11-21T00:00:01Z" }),
        json!({ "title": "For weeks", "start_date": "2026-10-05", "end_date": "2026-11-21" }),
        json!({ "title": "Later today", "starts_at": "2026-11-21T00:30Z" }),
        json!({ "title": "Today", "start_date": "2026-11-21" }),
        json!({ "title": "Surprise", "starts_at": "2026-11-25T18:00Z", "visibility": "unlisted" }),
    ])
    .await;
    let expected = [
        "October 2026",
        "For weeks",
        "November 2026",
        "On",
        "Today",
        "Later today",
        "December 2026",
        "Next month",
        "No date yet",
        "Some day",
    ];
    assert_eq!(app.listed("/events").await, expected);
    assert_eq!(
        app.listed("/events?utm_source=x&mine").await,
        expected,
        "unknown parameters are ignored"
    );
}

#[tokio::test]
async fn past_events_are_listed_latest_first() {
    let app = with_events(&[
        json!({ "title": "Tea", "starts_at": "2026-10-03T18:00Z" }),
        json!({ "title": "Next", "starts_at": "2026-11-30T18:00Z" }),
        json!({ "title": "Yesterday", "starts_at": "2026-11-20T18:00Z" }),
        json!({ "title": "Some day" }),
        json!({ "title": "Coffee", "start_date": "2026-10-09" }),
        json!({ "title": "This morning", "starts_at": "2026-11-20T23:00Z", "ends_at": "2026-11-21T00:00Z" }),
        json!({ "title": "On", "starts_at": "2026-11-20T23:00Z", "ends_at": "2026-11-21T00:00:01Z" }),
        json!({ "title": "For weeks", "start_date": "2026-10-05", "end_date": "2026-11-20" }),
        json!({ "title": "For months", "start_date": "2026-09-05", "end_date": "2026-11-21" }),
    ])
    .await;
    let expected = [
        "November 2026",
        "This morning",
        "Yesterday",
        "October 2026",
        "Coffee",
        "For weeks",
        "Tea",
    ];
    assert_eq!(app.listed("/events?past").await, expected);
}

/// Every tag of the address is repeated in every link of the page, so the page would grow with the
/// square of their number.
#[tokio::test]
async fn more_or_longer_tags_than_an_event_can_have_are_refused() {
    let app = TestApp::start().await;
    let with = |tags: usize, chars: usize| {
        let tags = (0..tags).map(|tag| format!("&tag={tag:0>chars$}"));
        format!("/events?{}", tags.collect::<String>())
    };
    let (many, long) = (
        "Search for at most 20 tags.",
        "A tag has at most 50 characters.",
    );
    for (address, expected) in [
        (with(99, 600), vec![many, long]),
        (with(21, 2), vec![many]),
        (with(1, 51), vec![long]),
    ] {
        let page = app.page(&address).await;
        let html = page.html(400);
        assert!(html.len() < 64 * 1024, "{} bytes", html.len());
        let summary = page.summary().into_iter();
        let told: Vec<_> = summary.map(|(_, words)| words).collect();
        assert_eq!(told, expected);
    }
    let page = app.page(&with(20, 50)).await.html(200);
    assert!(page.len() < 64 * 1024, "{} bytes", page.len());
}

#[tokio::test]
async fn words_and_tags_filter_the_list_and_each_tag_can_be_removed() {
    let app = with_events(&[
        json!({ "title": "Winter swim", "tags": ["harbour", "a&b=c"], "start_date": "2026-12-01" }),
        json!({ "title": "Boats", "tags": ["harbour"], "start_date": "2026-12-02" }),
    ])
    .await;
    assert_eq!(app.listed("/events?q=SWIM").await.len(), 2);
    let both = "/events?tag=harbour&tag=a%26b%3Dc";
    assert_eq!(app.listed(both).await, ["December 2026", "Winter swim"]);
    let html = app.page(both).await.text();
    assert!(html.contains("href=\"/events?tag=a%26b%3Dc\""), "{html}");
    assert!(html.contains("href=\"/events?tag=harbour\""), "{html}");
    let nothing = app.page("/events?q=nothing").await.html(200);
    assert!(nothing.contains("No events match."));
    assert!(
        nothing.contains("value=\"nothing\""),
        "the search text stays in the field"
    );
    let long = format!("/events?q={}", "x".repeat(101));
    let page = app.page(&long).await;
    let html = page.html(400);
    let expected = "Search for at most 100 characters.".to_owned();
    assert_eq!(page.summary(), [("q".to_owned(), expected)]);
    assert!(html.contains(&format!("value=\"{}\"", "x".repeat(101))));
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let events: Vec<_> = (0..45)
        .map(|n| json!({ "title": format!("Event {n:02}"), "start_date": "2026-12-01" }))
        .collect();
    let app = with_events(&events).await;
    let (mut path, mut seen) = ("/events?q=event".to_owned(), Vec::new());
    for _ in 0..3 {
        seen.extend(app.listed(&path).await.into_iter().skip(1));
        let html = app.page(&path).await.text();
        let Some((_, link)) = html.split_once("<link rel=\"next\" href=\"") else {
            break;
        };
        let link = link.split('"').next().expect("ends");
        path = link.replace("&#38;", "&").replace("&amp;", "&");
    }
    let expected: Vec<_> = (0..45).map(|n| format!("Event {n:02}")).collect();
    assert_eq!(seen, expected);
    let unreadable = app.listed("/events?q=event&after=nonsense").await;
    assert_eq!(unreadable.len(), 21, "it begins at the beginning");
}

/// Includes past and unlisted events.
#[tokio::test]
async fn the_start_page_and_the_list_lead_to_all_own_events() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for (title, date, visibility) in [
        ("Past secret", "2020-01-01", "unlisted"),
        ("Coming secret", "2030-01-01", "unlisted"),
    ] {
        let fields = [
            ("title", title),
            ("start_date", date),
            ("visibility", visibility),
        ];
        super::change_event::planned(&browser, &fields).await;
    }
    let home = browser.open("/").await.html(200);
    let list = browser.open("/events").await.html(200);
    assert!(home.contains("href=\"/events?mine\""), "{home}");
    assert!(home.contains("href=\"/events?past&amp;mine\""), "{home}");
    assert!(list.contains("href=\"/events?mine\""), "{list}");
    let mine = browser.open("/events?mine").await.html(200);
    assert!(mine.contains("Coming secret") && !mine.contains("Past secret"));
    assert!(mine.contains("href=\"/events?past&#38;mine\""), "{mine}");
    let past = browser.open("/events?past&mine").await.html(200);
    assert!(past.contains("Past secret") && !past.contains("Coming secret"));
    let visitor = Browser::new(&app).open("/events").await.html(200);
    assert!(!visitor.contains("?mine"), "{visitor}");
    let other = Browser::signed_up(&app, &new_email()).await;
    for (path, words) in [
        ("/events?mine", "You have nothing planned."),
        ("/events?past&mine", "You have no past events yet."),
    ] {
        let html = other.open(path).await.html(200);
        assert!(html.contains(words) && !html.contains("secret"), "{html}");
    }
}
