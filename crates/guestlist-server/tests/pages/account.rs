//! The pages of the account.

mod email;
mod password;
mod profile;
mod sessions;
mod tokens;

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use guestlist::{
    NameChange, UserName, operations,
    testing::{Fault, FaultyStore},
};
use guestlist_server::database::Stores;

use crate::{
    test_app::{PASSWORD, TestApp, new_email},
    test_database::TestDatabase,
};

use super::{
    browser::{Browser, words},
    change_event::planned,
};

#[tokio::test]
async fn the_account_page_shows_the_users_data() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let page = browser.open("/account").await;
    let facts = format!("E-mail address {email} Since 21 November 2026");
    assert_eq!(page.words_in("dl"), facts);
}

/// Creates so many events, some of them long, that an export needs many batches. Returns their ids.
async fn with_many_events(app: &TestApp, email: &str) -> Vec<String> {
    let user = app.user(email).await.id;
    let mut ids = Vec::new();
    for number in 0..230 {
        let draft = planner::EventDraft {
            title: format!("Tea, number {number}"),
            description: if number % 10 == 0 {
                "x; ü\n".repeat(2_000)
            } else {
                String::new()
            },
            when: planner::WhenFields {
                start_date: Some("2026-12-01".to_owned()),
                ..planner::WhenFields::default()
            },
            ..planner::EventDraft::default()
        };
        let made = app.app.planner.create_event(user, &draft).await;
        ids.push(made.expect("makes").id.to_string());
        app.clock.advance(Duration::from_millis(1));
    }
    ids
}

#[tokio::test]
async fn an_export_in_batches_is_one_document() {
    let app = TestApp::settled(|builder| builder.sessions_per_user(300)).await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    for _ in 0..120 {
        app.browsing(&email).await;
    }
    let ids = with_many_events(&app, &email).await;
    let json = browser.ask("/account/data.json").await.json();
    let events = json["events"].as_array().expect("is a list");
    let exported: Vec<_> = events
        .iter()
        .map(|event| event["id"].as_str().expect("is text"))
        .collect();
    assert_eq!(exported, ids);
    assert_eq!(json["sessions"].as_array().map(Vec::len), Some(121));
    assert_eq!(json["personal_tokens"].as_array().map(Vec::len), Some(0));
    let calendar = browser.ask("/account/events.ics").await.text();
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"));
    assert!(calendar.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"));
    assert_eq!(calendar.matches("BEGIN:VCALENDAR").count(), 1);
    let uids: Vec<_> = calendar
        .lines()
        .filter_map(|line| line.strip_prefix("UID:"))
        .collect();
    assert_eq!(uids, ids);
    assert!(calendar.lines().all(|line| line.len() <= 75));
}

#[tokio::test]
async fn an_empty_account_is_exported_as_a_whole_document() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let json = browser.ask("/account/data.json").await.json();
    assert_eq!(json["events"], serde_json::json!([]));
    assert_eq!(json["personal_tokens"], serde_json::json!([]));
    let calendar = browser.ask("/account/events.ics").await.text();
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\n") && calendar.ends_with("END:VCALENDAR\r\n"));
    // A calendar must not be empty (RFC 5545, section 3.6).
    assert_eq!(calendar.matches("BEGIN:VTIMEZONE\r\n").count(), 1);
    planned(&browser, &[("title", "Some day")]).await;
    let calendar_still = browser.ask("/account/events.ics").await.text();
    assert_eq!(
        calendar_still, calendar,
        "an event without a date is left out"
    );
    planned(&browser, &[("title", "Tea"), ("start_date", "2026-12-01")]).await;
    let calendar = browser.ask("/account/events.ics").await.text();
    assert_eq!(
        calendar.matches("BEGIN:VEVENT\r\n").count(),
        1,
        "{calendar}"
    );
    assert_eq!(
        calendar.matches("BEGIN:VTIMEZONE\r\n").count(),
        0,
        "{calendar}"
    );
}

#[tokio::test]
async fn a_user_has_one_export_at_a_time_and_head_does_not_count() {
    let app = TestApp::start().await;
    let (email, other) = (new_email(), new_email());
    let browser = Browser::signed_up(&app, &email).await;
    let others = Browser::signed_up(&app, &other).await;
    with_many_events(&app, &email).await;
    let cookie = app.browsing(&email).await.cookie;
    let get = axum::http::Request::get("/account/events.ics").header("cookie", &cookie);
    let running = app
        .answered(get.body(axum::body::Body::empty()).expect("is a request"))
        .await;
    assert_eq!(running.status(), 200);
    for path in ["/account/data.json", "/account/events.ics"] {
        let page = browser.ask(path).await;
        assert!(
            page.html(429)
                .contains("Running exports of your account: 1")
        );
        assert_eq!(page.header("retry-after"), Some("5"));
        let program = [("cookie", &*cookie)];
        let refused = app.with_headers(Method::GET, path, &program, "").await;
        refused.refused(429, "too_many_exports");
        assert_eq!(refused.header("retry-after"), Some("5"));
        let head = app.with_headers(Method::HEAD, path, &program, "").await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
        assert_eq!(
            others.ask(path).await.status,
            200,
            "an export of another user"
        );
    }
    drop(running);
    let mut answer = browser.ask("/account/events.ics").await;
    for _ in 0..200 {
        if answer.status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        answer = browser.ask("/account/events.ics").await;
    }
    assert_eq!(answer.status, 200);
}

/// HEAD has the headers that describe the body. It may omit a header that is known only after the
/// body was made (RFC 9110, section 9.3.2), and never says that the body is empty.
#[tokio::test]
async fn head_has_the_headers_of_get_and_reads_no_list() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let event = planned(&browser, &[("title", "Tea"), ("start_date", "2026-12-01")]).await;
    let cookie = app.browsing(&email).await.cookie;
    let headers = [("cookie", &*cookie), ("accept", "text/html")];
    let event = event.split('?').next().unwrap_or_default();
    let file = format!("{event}.ics");
    for path in [
        "/account/data.json",
        "/account/events.ics",
        "/events",
        "/events?mine",
        "/",
        &file,
        "/event/",
        "/api/v1/events",
    ] {
        let get = app.with_headers(Method::GET, path, &headers, "").await;
        let head = app.with_headers(Method::HEAD, path, &headers, "").await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(get.status, 200, "{path}");
        for name in ["content-type", "content-disposition", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        assert_ne!(head.header("content-length"), Some("0"), "{path}");
    }
    for (path, status) in [("/api/v1/events?limit=0", 400), ("/events/none.ics", 404)] {
        let head = app.with_headers(Method::HEAD, path, &headers, "").await;
        assert_eq!(head.status, status, "{path}");
    }
    let stranger = app
        .with_headers(Method::HEAD, "/account/data.json", &[], "")
        .await;
    assert_eq!(stranger.status, 401);
}

#[tokio::test]
async fn a_user_can_download_all_stored_data() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    planned(&browser, &[("title", "Tea"), ("start_date", "2026-12-01")]).await;
    let data = browser.ask("/account/data.json").await;
    assert_eq!(data.status, 200);
    assert_eq!(data.header("cache-control"), Some("no-store"));
    let disposition = data.header("content-disposition").expect("is there");
    assert!(disposition.starts_with("attachment"));
    let json = data.json();
    assert_eq!(json["user"]["email"], email);
    assert_eq!(json["events"][0]["title"], "Tea");
    assert_eq!(json["sessions"][0]["current"], true);
    assert!(
        !data.text().contains("argon2"),
        "the export has no password hash"
    );
    let calendar = browser.ask("/account/events.ics").await.text();
    assert!(calendar.contains("SUMMARY:Tea\r\n"));
    assert_eq!(app.page("/account/data.json").await.status, 303);
}

mod delete {
    use super::*;

    const PAGE: &str = "/account/delete";

    #[tokio::test]
    async fn the_page_says_what_will_be_deleted_and_asks_for_the_password() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        let html = browser.open(PAGE).await.html(200);
        assert!(!html.contains("Their addresses stop working."), "{html}");
        let event = planned(&browser, &[("title", "Tea")]).await;
        let html = browser.open(PAGE).await.html(200);
        assert!(html.contains("one event that you created") && html.contains(&email));
        let page = browser
            .submit(PAGE, &[("password", "wrong password")])
            .await;
        page.html(403);
        assert_eq!(page.summary()[0].0, "password");
        browser.open(&event).await.html(200);
        browser.open(PAGE).await;
        let home = browser.submit(PAGE, &[("password", PASSWORD)]).await;
        assert!(
            home.html(200)
                .contains("Your account and everything in it are deleted")
        );
        assert_eq!(browser.cookie("guestlist"), None);
        browser.open(&event).await.html(404);
        browser.open("/sign-in").await;
        let fields = [("email", &*email), ("password", PASSWORD)];
        browser.submit("/sign-in", &fields).await.html(401);
    }

    /// The form contains the password, which reauthenticates the session and so replaces its
    /// cookie.
    #[tokio::test]
    async fn after_a_failed_deletion_the_user_stays_signed_in() {
        let database = TestDatabase::new();
        let stores = Stores::open(database.url()).await.expect("opens");
        let store = Arc::new(FaultyStore::over(stores.accounts.clone()));
        let app = TestApp::over(store.clone(), stores, database, |builder| builder);
        let browser = Browser::signed_up(&app, &new_email()).await;
        let cookie = browser.cookie("guestlist");
        for fault in [Fault::NotDone, Fault::NoAnswer] {
            browser.open(PAGE).await.html(200);
            store.faults.at(operations::delete_user(), fault);
            let sent = browser.sent(PAGE, &[("password", PASSWORD)]).await;
            assert_eq!(sent.status, 503, "{sent:?}");
            store.faults.end();
            app.clock.advance(Duration::from_secs(2));
            browser.open("/account").await.html(200);
        }
        assert_ne!(browser.cookie("guestlist"), cookie);
        browser.open(PAGE).await.html(200);
        let home = browser.submit(PAGE, &[("password", PASSWORD)]).await;
        assert!(
            home.html(200)
                .contains("Your account and everything in it are deleted")
        );
    }
}
