//! `GET /api/v1/events/{id}`.

use super::*;
use crate::test_app::new_email;

#[tokio::test]
async fn an_event_is_shown_to_everyone_with_its_address() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, tag) = made(&app, &token, &tea()).await;
    let stranger = app.get(&path, None).await;
    assert_eq!(stranger.status, 200);
    assert_eq!(stranger.header("etag"), Some(tag.as_str()));
    assert_eq!(stranger.header("cache-control"), Some("no-cache"));
    assert_eq!(stranger.json()["title"], tea()["title"]);
    let creator = app.get(&path, Some(&token)).await;
    assert_eq!(creator.json(), stranger.json());
    assert_eq!(creator.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_matching_if_none_match_gets_304() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, tag) = made(&app, &token, &tea()).await;
    for (seen, status) in [
        (tag.clone(), 304),
        (format!("W/{tag}"), 304),
        (format!("\"other\", {tag}"), 304),
        ("*".to_owned(), 304),
        ("\"other\"".to_owned(), 200),
        (tag.trim_matches('"').to_owned(), 200),
        (String::new(), 200),
    ] {
        let headers = [("if-none-match", seen.as_str())];
        let answer = app.with_headers(Method::GET, &path, &headers, "").await;
        assert_eq!(answer.status, status, "{seen}");
        assert_eq!(answer.header("etag"), Some(tag.as_str()));
        assert_eq!(answer.body.is_empty(), status == 304);
    }
    patch(
        &app,
        &path,
        Some(&token),
        Some(&tag),
        &json!({ "title": "Coffee" }),
    )
    .await;
    let headers = [("if-none-match", tag.as_str())];
    let answer = app.with_headers(Method::GET, &path, &headers, "").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn an_unknown_event_is_404() {
    let app = TestApp::start().await;
    let upper = nowhere().to_uppercase().replace("/API/V1/EVENTS", PATH);
    for path in [
        nowhere(),
        upper,
        format!("{PATH}/1"),
        format!("{PATH}/%00"),
        format!("{PATH}/..%2f..%2fme"),
        format!("{PATH}/%ff"),
        format!("{PATH}/{}", "x".repeat(5_000)),
    ] {
        let answer = app.get(&path, None).await;
        let status = answer.status.as_u16();
        assert!(
            status == 404 || path.ends_with("%ff") && status == 400,
            "{path} {answer:?}"
        );
    }
}

/// The events are hidden in every view until the user is enabled again.
#[tokio::test]
async fn the_events_of_a_disabled_user_are_hidden() {
    let app = TestApp::start().await;
    let ada = new_email();
    let token = app.signed_in(&ada).await;
    let mut public = tea();
    public["visibility"] = "public".into();
    let (path, _) = made(&app, &token, &public).await;
    let id = path.rsplit('/').next().expect("has an id").to_owned();
    let user = app.user(&ada).await.id;
    let addresses = [
        path.clone(),
        format!("/event/{id}"),
        format!("/events/{id}"),
        format!("/events/{id}.ics"),
    ];
    let lists = ["/api/v1/events", "/event/", "/events"];
    for (is_disabled, status) in [(false, 200), (true, 404), (false, 200)] {
        let guestlist = &app.app.guestlist;
        if is_disabled {
            guestlist.disable_user(user).await.expect("disables");
        } else {
            guestlist.enable_user(user).await.expect("enables");
        }
        for address in &addresses {
            let answer = app.get(address, None).await;
            assert_eq!(answer.status, status, "{address}");
        }
        for list in lists {
            let answer = app.get(list, None).await;
            assert_eq!(answer.status, 200, "{list}");
            assert_eq!(answer.text().contains(&id), !is_disabled, "{list}");
        }
    }
}
