//! The filters of `GET /api/v1/events`.

use super::*;
use crate::test_app::new_email;

/// Asserts the titles that each query finds.
async fn assert_found(app: &TestApp, token: Option<&str>, table: &[(&str, &[&str])]) {
    for (query, expected) in table {
        let page = app.get(&format!("{PATH}?{query}"), token).await;
        assert_eq!(titles(&page), *expected, "{query}");
    }
}

#[tokio::test]
async fn q_finds_a_part_of_title_description_or_location_in_any_case() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for event in [
        json!({ "title": "1 Übung", "location": "Straße 5", "starts_at": "2026-12-01T00:00Z" }),
        json!({ "title": "2 tea", "description": "Zoe\u{301}'s ÜBUNG", "starts_at": "2026-12-02T00:00Z" }),
        json!({ "title": "3 milk", "tags": ["tea"], "image": "https://tea.example/x", "online_url": "https://tea.example", "starts_at": "2026-12-03T00:00Z" }),
    ] {
        made(&app, &token, &event).await;
    }
    assert_found(
        &app,
        None,
        &[
            ("q=", &["1 Übung", "2 tea", "3 milk"]),
            ("q=%C3%BCBUN", &["1 Übung", "2 tea"]),
            ("q=u%CC%88bung", &["1 Übung", "2 tea"]),
            ("q=ubung", &[]),
            ("q=TEA", &["2 tea"]),
            ("q=zo%C3%A9", &["2 tea"]),
            ("q=STRA%C3%9FE", &["1 Übung"]),
            ("q=ilk", &["3 milk"]),
            ("q=%00", &[]),
            ("q=milk+tea", &[]),
        ],
    )
    .await;
}

/// ST04
#[tokio::test]
async fn database_wildcards_are_ordinary_characters() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for title in [
        "100% wool",
        "1000 wool",
        "a_b",
        "axb",
        "a\\b",
        "[a-z]",
        "it's",
        "a*b?",
    ] {
        made(&app, &token, &json!({ "title": title, "tags": [title] })).await;
        app.clock.advance(std::time::Duration::from_millis(1));
    }
    assert_found(
        &app,
        None,
        &[
            ("q=100%25", &["100% wool"]),
            ("q=%25", &["100% wool"]),
            ("q=%25wool", &[]),
            ("q=_", &["a_b"]),
            ("q=a_b", &["a_b"]),
            ("q=%5C", &["a\\b"]),
            ("q=[a-z]", &["[a-z]"]),
            ("q=*", &["a*b?"]),
            ("q=%3F", &["a*b?"]),
            ("q='", &["it's"]),
            ("q='+OR+'1'='1", &[]),
            ("q=%22", &[]),
            ("q=.*", &[]),
            ("tag=a_b", &["a_b"]),
            ("tag=%25", &[]),
            ("tag=%27+OR+1=1--", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn several_tags_find_events_that_have_all_of_them() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (title, tags) in [
        ("both", json!(["a", "b"])),
        ("a", json!(["a"])),
        ("A", json!(["A"])),
        ("ab", json!(["ab"])),
    ] {
        made(&app, &token, &json!({ "title": title, "tags": tags })).await;
        app.clock.advance(std::time::Duration::from_millis(1));
    }
    assert_found(
        &app,
        None,
        &[
            ("tag=a", &["both", "a"]),
            ("tag=a&tag=b", &["both"]),
            ("tag=b&tag=a&tag=b", &["both"]),
            ("tag=a&tag=c", &[]),
            ("tag=ab", &["ab"]),
            ("tag=b&q=both", &["both"]),
            ("tag=", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn two_unicode_spellings_of_a_tag_are_the_same_tag() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let event = json!({ "title": "cake", "tags": ["caf\u{e9}", "tea", "cafe\u{301}"] });
    let (path, tag) = made(&app, &token, &event).await;
    let event = app.get(&path, None).await.json();
    assert_eq!(event["tags"], json!(["caf\u{e9}", "tea"]));
    let found: &[&str] = &["cake"];
    let both = [
        ("tag=caf%C3%A9", found),
        ("tag=cafe%CC%81", found),
        ("tag=cafe", &[]),
    ];
    assert_found(&app, None, &both).await;
    let change = json!({ "tags": ["cafe\u{301}", "caf\u{e9}", "wine"] });
    let changed = patch(&app, &path, Some(&token), Some(&tag), &change).await;
    assert_eq!(changed.json()["tags"], json!(["caf\u{e9}", "wine"]));
    let compat = json!({
        "title": "x", "image": "", "description": "", "location": "",
        "tags": ["re\u{301}sume\u{301}", "r\u{e9}sum\u{e9}"],
    });
    app.post("/event/new", Some(&token), &compat).await;
    let list = app.get("/event/", None).await.json();
    assert_eq!(list[1]["tags"], json!(["r\u{e9}sum\u{e9}"]));
}

#[tokio::test]
async fn the_bounds_of_the_start_find_no_event_without_a_date() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (title, when) in [
        ("day", json!({ "start_date": "2026-12-01" })),
        ("noon", json!({ "starts_at": "2026-12-01T12:00Z" })),
        ("next", json!({ "starts_at": "2026-12-02T00:00Z" })),
        ("undecided", json!({})),
    ] {
        let mut event = json!({ "title": title });
        let members = event.as_object_mut().expect("is an object");
        members.extend(when.as_object().expect("is an object").clone());
        made(&app, &token, &event).await;
    }
    assert_found(
        &app,
        None,
        &[
            ("starts_after=2026-11-30", &["day", "noon", "next"]),
            ("starts_after=2026-12-01", &["noon", "next"]),
            (
                "starts_after=2026-12-01T12:59:59%2B01:00",
                &["noon", "next"],
            ),
            ("starts_after=2026-12-01T13:00:00%2B01:00", &["next"]),
            ("starts_before=2026-12-02", &["day", "noon"]),
            ("starts_before=2026-12-01T12:00:00Z", &["day"]),
            ("starts_before=9999-12-30", &["day", "noon", "next"]),
            (
                "starts_after=2026-12-01&starts_before=2026-12-02",
                &["noon"],
            ),
            ("starts_after=2026-12-02&starts_before=2026-12-01", &[]),
            ("starts_from=2026-12-01", &["day", "noon", "next"]),
            ("starts_from=2026-12-01T13:00:00%2B01:00", &["noon", "next"]),
            ("starts_from=2026-12-02T00:00:00.001Z", &[]),
            (
                "starts_after=2026-12-01&starts_from=2026-12-01",
                &["noon", "next"],
            ),
            // Adjacent ranges.
            ("starts_from=2026-11-30&starts_before=2026-12-01", &[]),
            (
                "starts_from=2026-12-01&starts_before=2026-12-02",
                &["day", "noon"],
            ),
            ("starts_from=2026-12-02&starts_before=2026-12-03", &["next"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_moment_on_a_day_that_does_not_exist_is_refused_by_name() {
    let app = TestApp::start().await;
    for moment in ["2026-02-30", "2026-02-30T18:00:00Z"] {
        for name in ["starts_after", "starts_from", "starts_before"] {
            let answer = app.get(&format!("{PATH}?{name}={moment}"), None).await;
            answer.refused(400, "invalid_parameter");
            let detail = format!("{name} is a moment that exists; 30 February 2026 does not exist");
            assert_eq!(answer.json()["errors"][0]["detail"], detail);
        }
    }
}

#[tokio::test]
async fn a_moment_after_the_last_one_is_refused_with_the_limit() {
    let app = TestApp::start().await;
    for (moment, words) in [
        (
            "9999-12-31T23:59:59Z",
            Some("; the last moment is 9999-12-30T22:00:00Z"),
        ),
        ("1969-12-31", Some("is in the years 1970 to 9999")),
        ("9999-12-30T22:00:00Z", None),
        ("9999-12-31", None),
    ] {
        let answer = app
            .get(&format!("{PATH}?starts_before={moment}"), None)
            .await;
        let Some(words) = words else {
            assert_eq!(answer.status, 200, "{moment}");
            continue;
        };
        answer.refused(400, "invalid_parameter");
        let detail = answer.json()["errors"][0]["detail"].to_string();
        assert!(detail.contains(words), "{detail}");
    }
}

#[tokio::test]
async fn mine_finds_own_events_and_unlisted_ones_too() {
    let app = TestApp::start().await;
    let (ada, bob) = (
        app.signed_in(&new_email()).await,
        app.signed_in(&new_email()).await,
    );
    for (title, token, visibility) in [
        ("ada's", &ada, "public"),
        ("ada's secret", &ada, "unlisted"),
        ("bob's", &bob, "public"),
        ("bob's secret", &bob, "unlisted"),
    ] {
        made(
            &app,
            token,
            &json!({ "title": title, "visibility": visibility }),
        )
        .await;
        app.clock.advance(std::time::Duration::from_millis(1));
    }
    let public: &[&str] = &["ada's", "bob's"];
    assert_found(
        &app,
        None,
        &[("", public), ("mine=false", public), ("q=secret", &[])],
    )
    .await;
    let mine: &[&str] = &["ada's", "ada's secret"];
    let table: [(&str, &[&str]); 3] = [
        ("mine=true", mine),
        ("", public),
        ("mine=true&q=secret", &mine[1..]),
    ];
    assert_found(&app, Some(&ada), &table).await;
    let stranger = app.get(&format!("{PATH}?mine=true"), None).await;
    stranger.refused(401, "not_authenticated");
    assert_eq!(stranger.header("www-authenticate"), Some("Bearer"));
    for query in ["", "?mine=true"] {
        let answer = app.get(&format!("{PATH}{query}"), Some("bad")).await;
        answer.refused(401, "invalid_token");
    }
}

#[tokio::test]
async fn the_events_of_a_deleted_user_are_in_no_list() {
    let app = TestApp::start().await;
    let token = app.signed_in("leaving@example.com").await;
    let (path, _) = made(&app, &token, &json!({ "title": "Tea" })).await;
    let id = app.user("leaving@example.com").await.id;
    app.app.guestlist.delete_user(id).await.expect("deletes");
    assert_eq!(titles(&app.get(PATH, None).await), [""; 0]);
    app.get(&path, None).await.refused(404, "not_found");
}
