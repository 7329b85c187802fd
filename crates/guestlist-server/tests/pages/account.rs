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

mod profile {
    use super::*;

    const PAGE: &str = "/account/profile";

    #[tokio::test]
    async fn a_name_can_be_saved_shown_and_removed() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        let html = browser.open(PAGE).await.html(200);
        assert!(html.contains("autocomplete=\"name\""));
        let page = browser.submit(PAGE, &[("name", " Ada <Lovelace> ")]).await;
        assert!(page.html(200).contains("Saved."));
        let facts = format!("Name Ada <Lovelace> E-mail address {email} Since 21 November 2026");
        assert_eq!(unescaped(&page.words_in("dl")), facts);
        browser.open(PAGE).await;
        assert_eq!(browser.field(PAGE, "name"), "Ada <Lovelace>");
        let page = browser.submit(PAGE, &[("name", "  ")]).await;
        let facts = format!("E-mail address {email} Since 21 November 2026");
        assert_eq!(page.words_in("dl"), facts);
    }

    #[tokio::test]
    async fn an_invalid_name_is_reported_and_stays_in_the_field() {
        let app = TestApp::start().await;
        let browser = Browser::signed_up(&app, &new_email()).await;
        for name in ["ceo@bigcorp.example", &"x".repeat(201)] {
            browser.open(PAGE).await;
            let page = browser.submit(PAGE, &[("name", name)]).await;
            page.html(422);
            assert_eq!(page.summary()[0].0, "name");
            assert_eq!(browser.field(PAGE, "name"), name);
        }
    }

    /// A user cannot remove an invisible character from a field.
    #[tokio::test]
    async fn invisible_characters_are_removed_from_the_typed_name() {
        let app = TestApp::start().await;
        let browser = Browser::signed_up(&app, &new_email()).await;
        browser.open(PAGE).await;
        let page = browser
            .submit(PAGE, &[("name", "\u{feff}Ada\u{202e}")])
            .await;
        assert!(page.words_in("dl").starts_with("Name Ada E-mail address"));
        browser.open(PAGE).await;
        let page = browser.submit(PAGE, &[("name", "\u{3164}\u{200b}")]).await;
        assert!(
            page.words_in("dl").starts_with("E-mail address"),
            "no name is shown"
        );
    }

    #[tokio::test]
    async fn an_old_name_that_the_rules_refuse_can_be_saved_and_is_not_shown() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        let user = app.user(&email).await;
        let old = UserName::from_stored("ceo@bigcorp.example".to_owned());
        let store = &app.stores.accounts;
        let set = store.set_name(user.id, user.epoch, Some(&old)).await;
        assert_eq!(set.expect("answers"), NameChange::Changed);
        // The signed-in user is cached for a second.
        app.clock.advance(Duration::from_secs(2));
        let event = planned(&browser, &[("title", "Tea")]).await;
        let page = Browser::new(&app).open(&event).await;
        assert!(
            page.words_in("dl").ends_with("Host a member"),
            "{}",
            page.words_in("dl")
        );
        browser.open(PAGE).await;
        browser.submit(PAGE, &[]).await.html(200);
        assert_eq!(app.user(&email).await.name, Some(old));
    }

    fn unescaped(text: &str) -> String {
        text.replace("&#60;", "<").replace("&#62;", ">")
    }
}

mod email {
    use super::*;

    const PAGE: &str = "/account/email";

    #[tokio::test]
    async fn a_new_email_address_needs_the_password_and_works_at_the_next_sign_in() {
        let app = TestApp::start().await;
        let (old, new) = (new_email(), new_email());
        let browser = Browser::signed_up(&app, &old).await;
        let other = Browser::signed_in(&app, &old).await;
        app.clock.advance(Duration::from_secs(601));
        let html = browser.open(PAGE).await.html(200);
        assert!(html.contains("autocomplete=\"email\""));
        assert!(html.contains("autocomplete=\"current-password\""));
        let before = browser.cookie("guestlist");
        let fields = [("email", &*new), ("password", PASSWORD)];
        let page = browser.submit(PAGE, &fields).await;
        assert!(page.html(200).contains("Your address is changed."));
        assert!(
            page.words_in("dl")
                .contains(&format!("E-mail address {new}"))
        );
        assert_ne!(
            browser.cookie("guestlist"),
            before,
            "reauthentication replaces the cookie"
        );
        other.open("/account").await.html(200);
        Browser::signed_in(&app, &new).await;
        let stranger = Browser::new(&app);
        stranger.open("/sign-in").await;
        let fields = [("email", &*old), ("password", PASSWORD)];
        stranger.submit("/sign-in", &fields).await.html(401);
    }

    #[tokio::test]
    async fn a_wrong_password_an_invalid_address_and_a_taken_address_change_nothing() {
        let app = TestApp::start().await;
        let (email, taken) = (new_email(), new_email());
        Browser::signed_up(&app, &taken).await;
        let browser = Browser::signed_up(&app, &email).await;
        for (typed, password, status, field) in [
            ("nobody", PASSWORD, 422, "email"),
            ("", PASSWORD, 422, "email"),
            (&*new_email(), "wrong password", 403, "password"),
            (&*taken, PASSWORD, 409, "email"),
        ] {
            browser.open(PAGE).await;
            let page = browser
                .submit(PAGE, &[("email", typed), ("password", password)])
                .await;
            let html = page.html(status);
            assert_eq!(page.summary()[0].0, field, "{typed}");
            assert_eq!(browser.field(PAGE, "email"), typed);
            assert!(!html.contains(password));
            let account = browser.open("/account").await;
            assert!(
                account
                    .words_in("dl")
                    .contains(&format!("E-mail address {email}"))
            );
        }
    }
}

mod password {
    use super::*;

    const PAGE: &str = "/account/password";

    #[tokio::test]
    async fn what_is_wrong_in_itself_is_told_at_once() {
        let app = TestApp::start().await;
        let browser = Browser::signed_up(&app, &new_email()).await;
        for (page, typed, fields) in [
            (
                PAGE,
                [("current_password", ""), ("new_password", "short")],
                &["current_password", "new_password"][..],
            ),
            (
                PAGE,
                [("current_password", "wrong"), ("new_password", "short")],
                &["new_password"],
            ),
            (
                "/account/email",
                [("email", "ada"), ("password", "")],
                &["email", "password"],
            ),
            (
                "/account/email",
                [("email", "ada"), ("password", "wrong")],
                &["email"],
            ),
        ] {
            browser.open(page).await;
            let answer = browser.submit(page, &typed).await;
            answer.html(422);
            let wrong = answer.summary();
            let wrong: Vec<_> = wrong.iter().map(|(field, _)| field.as_str()).collect();
            assert_eq!(wrong, fields, "{typed:?}");
        }
    }

    #[tokio::test]
    async fn a_new_password_ends_all_other_sessions_and_keeps_this_one() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        let other = Browser::signed_in(&app, &email).await;
        let html = browser.open(PAGE).await.html(200);
        assert!(html.contains("autocomplete=\"current-password\""));
        assert!(html.contains("autocomplete=\"new-password\""));
        assert!(html.contains(&format!(
            "value=\"{email}\" autocomplete=\"username\" hidden"
        )));
        let before = browser.cookie("guestlist");
        let fields = [
            ("current_password", PASSWORD),
            ("new_password", "another one"),
        ];
        let page = browser.submit(PAGE, &fields).await;
        assert!(page.html(200).contains("Your password is changed."));
        assert_ne!(browser.cookie("guestlist"), before);
        assert_eq!(other.ask("/account").await.status, 303);
    }

    #[tokio::test]
    async fn a_wrong_or_a_weak_password_changes_nothing() {
        let app = TestApp::start().await;
        let browser = Browser::signed_up(&app, &new_email()).await;
        for (old, new, status, field) in [
            ("wrong password", "another one", 403, "current_password"),
            (PASSWORD, "short", 422, "new_password"),
        ] {
            browser.open(PAGE).await;
            let fields = [("current_password", old), ("new_password", new)];
            let page = browser.submit(PAGE, &fields).await;
            let html = page.html(status);
            assert_eq!(page.summary()[0].0, field);
            assert!(!html.contains(old) && !html.contains(&format!("\"{new}\"")));
        }
        browser.open("/account").await.html(200);
    }
}

mod sessions {
    use super::*;

    const PAGE: &str = "/account/sessions";

    #[tokio::test]
    async fn this_device_is_marked_and_another_can_be_ended() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        let other = Browser::signed_in(&app, &email).await;
        app.clock.advance(Duration::from_secs(2 * 60 * 60));
        let html = browser.open(PAGE).await.html(200);
        assert_eq!(html.matches("This device").count(), 1);
        assert!(html.contains("Last seen just now") && html.contains("Last seen 2 hours ago"));
        let (_, id) = html.split_once("name=\"id\" value=\"").expect("is there");
        let id = id.split('"').next().expect("ends").to_owned();
        let page = browser
            .submit("/account/sessions/end", &[("id", &id)])
            .await;
        assert!(page.html(200).contains("That session has ended."));
        assert_eq!(other.ask("/account").await.status, 303);
        browser.open("/account").await.html(200);
    }

    #[tokio::test]
    async fn all_other_sessions_of_the_user_end_and_no_session_of_another_user() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        let others = [
            Browser::signed_in(&app, &email).await,
            Browser::signed_in(&app, &email).await,
        ];
        let stranger = Browser::signed_up(&app, &new_email()).await;
        browser.open(PAGE).await;
        let before = browser.cookie("guestlist");
        let page = browser.submit("/account/sessions/end-others", &[]).await;
        assert!(page.html(200).contains("All other sessions have ended."));
        assert_ne!(browser.cookie("guestlist"), before);
        for other in others {
            assert_eq!(other.ask("/account").await.status, 303);
        }
        stranger.open("/account").await.html(200);
    }

    #[tokio::test]
    async fn personal_access_tokens_stay_unless_the_user_chooses_to_revoke_them() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        let html = browser.open(PAGE).await.html(200);
        assert!(
            !html.contains("personal_tokens"),
            "there are no tokens yet: {html}"
        );
        let session = app.sign_in(&email).await;
        let token = app.personal_token(&session, "read").await;
        let opens = async || app.get("/api/v1/me", Some(&token)).await.status == 200;
        let html = browser.open(PAGE).await.html(200);
        assert!(
            words(&html).contains("They stay valid until you revoke them"),
            "{html}"
        );
        assert!(!html.contains("checked"), "revoking is not the default");
        let page = browser.submit("/account/sessions/end-others", &[]).await;
        assert!(page.html(200).contains("All other sessions have ended."));
        assert!(opens().await);
        browser.open(PAGE).await;
        let fields = [("personal_tokens", "revoke")];
        let page = browser
            .submit("/account/sessions/end-others", &fields)
            .await;
        let html = page.html(200);
        assert!(
            html.contains("all personal access tokens are revoked"),
            "{html}"
        );
        assert!(!opens().await);
        let listed = browser.open("/account/tokens").await.html(200);
        assert!(!listed.contains("/account/tokens/retire"), "{listed}");
    }

    #[tokio::test]
    async fn a_form_of_an_ended_session_leads_to_the_sign_in_and_back() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        let other = Browser::signed_in(&app, &email).await;
        browser.open(PAGE).await;
        other.open(PAGE).await;
        other.submit("/account/sessions/end-others", &[]).await;
        let sent = browser.sent("/account/sessions/end-others", &[]).await;
        assert_eq!(sent.words_in("h1"), "Sign in", "{sent:?}");
        let html = sent.html(200);
        assert!(
            html.contains("then the other sessions have ended"),
            "{html}"
        );
        assert!(
            html.contains("name=\"next\" value=\"/account/sessions\""),
            "{html}"
        );
        assert!(
            browser.cookie("guestlist").is_some(),
            "a refusal does not delete the cookie"
        );
    }
}

mod tokens {
    use super::*;

    const PAGE: &str = "/account/tokens";

    #[tokio::test]
    async fn a_token_is_shown_once_works_and_can_be_revoked() {
        let app = TestApp::start().await;
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        browser.open(PAGE).await.html(200);
        let page = browser.submit(PAGE, &[("name", "backup")]).await;
        let html = page.html(200);
        let (_, token) = html.split_once("data-copy>").expect("is shown");
        let token = token.split('<').next().expect("ends");
        let me = app.get("/api/v1/me", Some(token)).await;
        assert_eq!(me.json()["email"], email);
        let page = browser.open(PAGE).await;
        let html = page.html(200);
        assert!(!html.contains(token), "it is shown once");
        let row = words(html.split("<ul class=\"rows\">").nth(1).expect("is there"));
        assert!(row.contains("backup It reads · never used · expires on 21 December 2026"));
        let (_, id) = html.split_once("name=\"id\" value=\"").expect("is there");
        let id = id.split('"').next().expect("ends").to_owned();
        let page = browser
            .submit("/account/tokens/retire", &[("id", &id)])
            .await;
        assert!(page.html(200).contains("The token is revoked."));
        app.clock.advance(Duration::from_secs(2));
        assert_eq!(app.get("/api/v1/me", Some(token)).await.status, 401);
    }

    #[tokio::test]
    async fn without_a_recent_reauthentication_the_password_is_asked_for_and_the_form_is_kept() {
        let app = TestApp::start().await;
        let browser = Browser::signed_up(&app, &new_email()).await;
        browser.open(PAGE).await;
        app.clock.advance(Duration::from_secs(601));
        let typed = [("name", "backup & more"), ("scope", "write"), ("days", "7")];
        let page = browser.submit(PAGE, &typed).await;
        page.html(200);
        assert_eq!(page.words_in("h1"), "Enter your password");
        let wrong = [("password", "wrong password")];
        let page = browser.submit("/account/proof", &wrong).await;
        page.html(403);
        assert_eq!(page.summary()[0].0, "password");
        let before = browser.cookie("guestlist");
        let page = browser
            .submit("/account/proof", &[("password", PASSWORD)])
            .await;
        page.html(200);
        assert_ne!(
            browser.cookie("guestlist"),
            before,
            "reauthentication replaces the cookie"
        );
        for (name, value) in typed {
            assert_eq!(browser.field(PAGE, name), value);
        }
        let page = browser.submit(PAGE, &[]).await;
        assert!(page.html(200).contains("Here is the token"));
    }

    #[tokio::test]
    async fn above_the_quota_the_form_comes_back_as_typed() {
        let app = TestApp::settled(|builder| builder.tokens_per_user(1)).await;
        let browser = Browser::signed_up(&app, &new_email()).await;
        browser.open(PAGE).await;
        browser.submit(PAGE, &[("name", "first")]).await.html(200);
        browser.open(PAGE).await;
        let typed = [("name", "second"), ("days", "7")];
        let page = browser.submit(PAGE, &typed).await;
        page.html(403);
        let (field, words) = page.summary().remove(0);
        assert_eq!(field, "name");
        assert!(
            words.contains("You have 1 personal access token,"),
            "{words}"
        );
        for (name, value) in typed {
            assert_eq!(browser.field(PAGE, name), value);
        }
    }

    #[tokio::test]
    async fn an_invalid_field_is_reported() {
        let app = TestApp::start().await;
        let browser = Browser::signed_up(&app, &new_email()).await;
        for (typed, field) in [
            (("name", ""), "name"),
            (("scope", "account"), "scope"),
            (("days", "900"), "days"),
        ] {
            browser.open(PAGE).await;
            let page = browser.submit(PAGE, &[("name", "backup"), typed]).await;
            page.html(422);
            assert_eq!(page.summary()[0].0, field);
        }
        let html = browser.open(PAGE).await.html(200);
        assert!(html.contains("You have no personal access tokens yet."));
    }
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
