//! The pages of `GET /api/v1/events`.

use super::*;
use crate::test_app::new_email;

/// Creates seven events in another order than that of their starts. Returns the titles by start.
async fn a_week(app: &TestApp, token: &str) -> [&'static str; 7] {
    for (title, when) in [
        ("undecided one", json!({})),
        ("third", json!({ "starts_at": "2026-12-03T12:00Z" })),
        ("first", json!({ "start_date": "2026-12-03" })),
        ("fourth", json!({ "starts_at": "2026-12-03T12:00Z" })),
        ("undecided two", json!({})),
        ("second", json!({ "starts_at": "2026-12-03T02:00+01:00" })),
        (
            "fifth",
            json!({ "starts_at": "2026-12-03T08:00", "time_zone": "America/New_York" }),
        ),
    ] {
        let mut event = json!({ "title": title });
        let members = event.as_object_mut().expect("is an object");
        members.extend(when.as_object().expect("is an object").clone());
        made(app, token, &event).await;
        app.clock.advance(std::time::Duration::from_millis(1));
    }
    [
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "undecided one",
        "undecided two",
    ]
}

#[tokio::test]
async fn the_earliest_events_come_first_and_those_without_a_date_last() {
    let app = TestApp::start().await;
    let empty = app.get(PATH, None).await;
    assert_eq!(empty.json(), json!({ "items": [] }));
    assert_eq!(empty.header("link"), None);
    let token = app.signed_in(&new_email()).await;
    let expected = a_week(&app, &token).await;
    let list = app.get(PATH, None).await;
    assert_eq!(titles(&list), expected);
    assert_eq!(list.json().get("next"), None);
    assert_eq!(list.header("cache-control"), Some("no-cache"));
    assert_eq!(list.header("link"), None);
    let newest = app.get(&format!("{PATH}?sort=-created_at"), None).await;
    let made = [
        "fifth",
        "second",
        "undecided two",
        "fourth",
        "first",
        "third",
        "undecided one",
    ];
    assert_eq!(titles(&newest), made);
}

#[tokio::test]
async fn an_item_equals_the_event_at_its_own_address() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, tag) = made(&app, &token, &json!({ "title": "Tea", "tags": ["a"] })).await;
    let item = app.get(PATH, None).await.json()["items"][0].clone();
    assert_eq!(item, app.get(&path, None).await.json());
    assert_eq!(item["etag"], tag);
}

#[tokio::test]
async fn following_next_gives_every_event_once_in_order() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let by_start = a_week(&app, &token).await;
    let newest = titles(&app.get(&format!("{PATH}?sort=-created_at"), None).await);
    for limit in [1, 2, 3, 6, 7, 100] {
        for (sort, expected) in [
            ("starts_at", &by_start.map(str::to_owned)[..]),
            ("-created_at", &newest),
        ] {
            let mut found = Vec::new();
            let mut path = format!("{PATH}?limit={limit}&sort={sort}");
            loop {
                let page = app.get(&path, None).await;
                let of_page = titles(&page);
                assert!(of_page.len() <= limit);
                found.extend(of_page);
                let Some(next) = page.json()["next"].as_str().map(str::to_owned) else {
                    break;
                };
                path = format!("{PATH}?limit={limit}&sort={sort}&cursor={next}");
            }
            assert_eq!(found, expected, "{limit} {sort}");
        }
    }
}

/// RFC 8288
#[tokio::test]
async fn following_the_link_keeps_the_filters() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for n in 0..6 {
        let event = json!({ "title": format!("Tea & Übung+{n}"), "tags": ["a b", "100%"] });
        made(&app, &token, &event).await;
        made(&app, &token, &json!({ "title": "other" })).await;
        app.clock.advance(std::time::Duration::from_millis(1));
    }
    let mut path = format!("{PATH}?q=tea+%26+%C3%BCbung%2b&tag=a+b&tag=100%25&limit=2&mine=true");
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = app.get(&path, Some(&token)).await;
        found.extend(titles(&page));
        pages += 1;
        let Some(link) = page.header("link") else {
            break;
        };
        let target = link
            .strip_suffix(">; rel=\"next\"")
            .and_then(|link| link.strip_prefix('<'));
        path = target.expect("is one link").to_owned();
    }
    let expected: Vec<_> = (0..6).map(|n| format!("Tea & Übung+{n}")).collect();
    assert_eq!((found, pages), (expected, 3));
}

#[tokio::test]
async fn the_next_page_is_right_after_other_events_are_added_or_deleted() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let at = |hour: u32| json!({ "title": format!("{hour}"), "starts_at": format!("2026-12-03T{hour}:00Z") });
    let mut paths = Vec::new();
    for hour in [10, 12, 14, 16] {
        paths.push(made(&app, &token, &at(hour)).await.0);
    }
    let first = app.get(&format!("{PATH}?limit=2"), None).await;
    assert_eq!(titles(&first), ["10", "12"]);
    made(&app, &token, &at(11)).await;
    made(&app, &token, &at(13)).await;
    for gone in [&paths[1], &paths[2]] {
        let answer = delete(&app, gone, Some(&token), Some("*")).await;
        assert_eq!(answer.status, 204);
    }
    let next = first.json()["next"].as_str().expect("is there").to_owned();
    let second = app
        .get(&format!("{PATH}?limit=2&cursor={next}"), None)
        .await;
    assert_eq!(titles(&second), ["13", "16"]);
}

#[tokio::test]
async fn a_page_has_twenty_events_by_default_and_a_hundred_at_most() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for _ in 0..101 {
        made(&app, &token, &json!({ "title": "Tea" })).await;
    }
    assert_eq!(titles(&app.get(PATH, None).await).len(), 20);
    let most = app.get(&format!("{PATH}?limit=100"), None).await;
    assert_eq!(titles(&most).len(), 100);
    assert!(most.header("link").is_some());
}

#[tokio::test]
async fn an_invalid_query_is_400() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    a_week(&app, &token).await;
    let page = app.get(&format!("{PATH}?limit=2"), None).await.json();
    let cursor = page["next"].as_str().expect("is there").to_owned();
    let of_another_order = format!("sort=-created_at&cursor={cursor}");
    let cut = format!("cursor={}", &cursor[..cursor.len() - 1]);
    let longer = format!("cursor={cursor}AAAA");
    for (query, code) in [
        ("foo=1", "unknown_parameter"),
        ("Limit=1", "unknown_parameter"),
        ("page=2", "unknown_parameter"),
        ("access_token=x", "unknown_parameter"),
        ("tag[]=x", "unknown_parameter"),
        ("=1", "unknown_parameter"),
        ("limit=0", "invalid_parameter"),
        ("limit=101", "invalid_parameter"),
        ("limit=-1", "invalid_parameter"),
        ("limit=%2B5", "invalid_parameter"),
        ("limit=1e1", "invalid_parameter"),
        ("limit=", "invalid_parameter"),
        ("limit=ten", "invalid_parameter"),
        ("limit=99999999999999999999", "invalid_parameter"),
        ("limit=1&limit=2", "invalid_parameter"),
        ("q=a&q=b", "invalid_parameter"),
        ("q=%zz", "invalid_parameter"),
        ("q=%ff", "invalid_parameter"),
        ("sort=title", "invalid_parameter"),
        ("sort=created_at", "invalid_parameter"),
        ("sort=-starts_at", "invalid_parameter"),
        ("sort=", "invalid_parameter"),
        ("sort=starts_at;drop", "invalid_parameter"),
        ("mine=1", "invalid_parameter"),
        ("mine=", "invalid_parameter"),
        ("mine=True", "invalid_parameter"),
        ("starts_after=yesterday", "invalid_parameter"),
        ("starts_after=2026-13-01", "invalid_parameter"),
        (
            "starts_before=2026-12-03T10:00:00+01:00",
            "invalid_parameter",
        ),
        ("starts_before=", "invalid_parameter"),
        ("cursor=", "invalid_parameter"),
        ("cursor=1", "invalid_parameter"),
        ("cursor=%00", "invalid_parameter"),
        ("cursor=AAAA", "invalid_parameter"),
        (of_another_order.as_str(), "invalid_parameter"),
        (cut.as_str(), "invalid_parameter"),
        (longer.as_str(), "invalid_parameter"),
    ] {
        let answer = app.get(&format!("{PATH}?{query}"), None).await;
        assert_eq!(answer.status, 400, "{query} {answer:?}");
        answer.refused(400, code);
    }
}
