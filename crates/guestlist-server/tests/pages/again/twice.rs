//! A form that is sent twice is processed once.

use super::{NEW, TEA};
use crate::{
    pages::{browser::Browser, change_event::planned},
    test_app::{PASSWORD, TestApp, new_email},
};

async fn mine(browser: &Browser<'_>) -> usize {
    let mine = browser.open("/events?mine").await.html(200);
    mine.matches("<h3>").count()
}

#[tokio::test]
async fn sending_the_same_form_again_creates_one_event_and_leads_to_it() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &TEA);
    let first = browser
        .post(NEW, &typed, crate::pages::browser::OWN_PAGE)
        .await;
    let again = browser
        .post(NEW, &typed, crate::pages::browser::OWN_PAGE)
        .await;
    assert_eq!(first.status, 303);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(mine(&browser).await, 1);
    browser.open(NEW).await;
    browser.submit(NEW, &TEA).await.html(200);
    assert_eq!(
        mine(&browser).await,
        2,
        "another form creates another event"
    );
}

#[tokio::test]
async fn concurrent_clicks_create_one_event() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &TEA);
    let clicks = (0..5).map(|_| browser.post(NEW, &typed, crate::pages::browser::OWN_PAGE));
    let answers = futures_util::future::join_all(clicks).await;
    let mut ways: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.header("location"))
        .collect();
    assert_eq!(ways.len(), 5);
    ways.dedup();
    assert_eq!(ways.len(), 1);
    assert_eq!(mine(&browser).await, 1);
}

#[tokio::test]
async fn sending_the_form_again_with_changes_asks_if_it_is_another_event() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &TEA);
    let made = browser.submit_again(NEW, &typed).await;
    made.html(200);
    let mut other = typed.clone();
    other.retain(|(name, _)| name != "title");
    other.push(("title".to_owned(), "Coffee".to_owned()));
    let page = browser.submit_again(NEW, &other).await;
    let html = page.html(422);
    assert!(
        html.contains("This form has already created an event"),
        "{html}"
    );
    assert!(html.contains("/edit\">edit it</a>"), "{html}");
    assert_eq!(browser.field(NEW, "title"), "Coffee");
    let key = |form: &[(String, String)]| {
        form.iter()
            .find(|(name, _)| name == "key")
            .expect("has a key")
            .1
            .clone()
    };
    assert_ne!(key(&browser.form(NEW)), key(&typed));
    assert_eq!(mine(&browser).await, 1);
    browser.submit_again(NEW, &other).await.html(422);
    browser.submit(NEW, &[]).await.html(200);
    assert_eq!(mine(&browser).await, 2);
}

#[tokio::test]
async fn the_idempotency_key_belongs_to_the_user_and_has_128_bits() {
    let app = TestApp::start().await;
    let browsers = [
        Browser::signed_up(&app, &new_email()).await,
        Browser::signed_up(&app, &new_email()).await,
    ];
    browsers[0].open(NEW).await;
    let key = browsers[0].field(NEW, "key");
    assert_eq!(key.len(), 22, "in base64: {key}");
    let mut ids = Vec::new();
    for browser in &browsers {
        browser.open(NEW).await;
        assert_ne!(browser.field(NEW, "key"), key);
        let sent = browser.sent(NEW, &[("title", "Tea"), ("key", &key)]).await;
        ids.push(sent.header("location").expect("is made").to_owned());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn changing_or_deleting_twice_has_the_same_result_as_once() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    let (edit, delete) = (format!("{event}/edit"), format!("{event}/delete"));
    browser.open(&edit).await;
    let edited = browser.filled_in(&edit, &[("title", "Coffee")]);
    for _ in 0..2 {
        let page = browser.submit_again(&edit, &edited).await;
        assert!(page.html(200).contains("Saved."));
        assert_eq!(page.words_in("h1"), "Coffee");
    }
    browser.open(&delete).await;
    let deleted = browser.filled_in(&delete, &[]);
    for _ in 0..2 {
        let page = browser.submit_again(&delete, &deleted).await;
        assert!(page.html(200).contains("The event is deleted."));
    }
    let nothing = "/events/nothing/delete";
    let page = browser.submit_again(nothing, &deleted).await;
    page.html(404);
}

#[tokio::test]
async fn a_second_sign_in_tab_leads_to_its_own_next_page() {
    let app = TestApp::start().await;
    let (ada, eve) = (new_email(), new_email());
    Browser::signed_up(&app, &ada).await;
    Browser::signed_up(&app, &eve).await;
    let browser = Browser::new(&app);
    browser.open("/sign-in?next=/account/tokens").await;
    let fields = [("email", &*ada), ("password", PASSWORD)];
    let second = browser.filled_in("/sign-in", &fields);
    browser.open("/sign-in").await;
    browser.submit("/sign-in", &fields).await.html(200);
    let page = browser.submit_again("/sign-in", &second).await;
    page.html(200);
    assert_eq!(page.words_in("h1"), "Access tokens");
    // A sign-in as another user needs a confirmation.
    let mut other = second.clone();
    other.retain(|(name, _)| name != "email");
    other.push(("email".to_owned(), eve.clone()));
    let page = browser.submit_again("/sign-in", &other).await;
    page.html(403);
    assert_eq!(browser.field("/sign-in", "email"), eve);
    let page = browser.submit("/sign-in", &[("password", PASSWORD)]).await;
    assert_eq!(page.words_in("h1"), "Access tokens");
    let account = browser.open("/account").await;
    assert!(account.words_in("dl").contains(&eve));
}

#[tokio::test]
async fn a_double_click_on_sign_up_signs_in() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::new(&app);
    browser.open("/sign-up").await;
    let typed = browser.filled_in("/sign-up", &[("email", &*email), ("password", PASSWORD)]);
    // The second click is sent before the response to the first arrives.
    let other = Browser::new(&app);
    other.keep(
        "guestlist-form",
        &browser.cookie("guestlist-form").expect("is set"),
    );
    browser.submit_again("/sign-up", &typed).await.html(200);
    let page = other.submit_again("/sign-up", &typed).await;
    assert_eq!(page.words_in("h1"), "You have nothing planned.");
    let page = browser.submit_again("/sign-up", &typed).await;
    assert_eq!(page.words_in("h1"), "You have nothing planned.");
}

/// The entity tag of the deleted event is not one of the event that is made anew.
#[tokio::test]
async fn an_event_that_is_deleted_and_made_anew_is_not_edited_by_what_a_client_remembers() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &TEA);
    let made = browser
        .post(NEW, &typed, crate::pages::browser::OWN_PAGE)
        .await;
    let event = made.header("location").expect("is made").to_owned();
    let token = app.sign_in(&email).await;
    let read = async || {
        app.get(&format!("/api/v1{event}"), Some(&token))
            .await
            .json()
    };
    let change = async |tag: &serde_json::Value| {
        let authorization = format!("Bearer {token}");
        let headers = [
            ("authorization", &*authorization),
            ("content-type", "application/merge-patch+json"),
            ("if-match", tag.as_str().expect("is text")),
        ];
        let path = format!("/api/v1{event}");
        let body = r#"{"title":"Coffee"}"#;
        app.with_headers(axum::http::Method::PATCH, &path, &headers, body)
            .await
    };
    let first = read().await;
    assert_eq!(change(&first["etag"]).await.status, 200);
    let second = read().await;
    let delete = format!("{event}/delete");
    browser.open(&delete).await;
    browser.submit(&delete, &[]).await.html(200);
    app.clock.advance(std::time::Duration::from_secs(1));
    let anew = browser
        .post(NEW, &typed, crate::pages::browser::OWN_PAGE)
        .await;
    assert_eq!(anew.header("location"), Some(&*event));
    for old in [&first, &second] {
        change(&old["etag"]).await.refused(412, "stale");
    }
    let now = read().await;
    assert_eq!(now["title"], first["title"]);
    assert_eq!(change(&now["etag"]).await.status, 200);
}

#[tokio::test]
async fn a_token_is_made_once_and_shown_once() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let page = "/account/tokens";
    browser.open(page).await;
    let typed = browser.filled_in(page, &[("name", "backup"), ("scope", "write")]);
    let made = browser.submit_again(page, &typed).await;
    assert!(made.html(200).contains("Here is the token"));
    let again = browser.submit_again(page, &typed).await;
    let html = again.html(422);
    assert!(
        html.contains("You made a token with this form already"),
        "{html}"
    );
    assert_eq!(html.matches("action=\"/account/tokens/retire\"").count(), 1);
    assert_eq!(browser.field(page, "name"), "backup");
    let other = browser.submit(page, &[]).await;
    let html = other.html(200);
    assert!(html.contains("Here is the token"), "{html}");
    assert_eq!(html.matches("action=\"/account/tokens/retire\"").count(), 2);
}

#[tokio::test]
async fn clicks_at_once_make_one_token() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let page = "/account/tokens";
    browser.open(page).await;
    let typed = browser.filled_in(page, &[("name", "backup")]);
    let clicks = (0..5).map(|_| browser.post(page, &typed, crate::pages::browser::OWN_PAGE));
    let answers = futures_util::future::join_all(clicks).await;
    let made = answers
        .iter()
        .filter(|answer| answer.text().contains("Here is the token"));
    assert_eq!(made.count(), 1, "{answers:?}");
    let refused = answers.iter().filter(|answer| answer.status == 422);
    assert_eq!(refused.count(), 4, "{answers:?}");
    let html = browser.open(page).await.html(200);
    assert_eq!(html.matches("action=\"/account/tokens/retire\"").count(), 1);
}

/// The second click comes with the cookie of the session that the first one ended, or with the new
/// cookie and the old token of the form.
#[tokio::test]
async fn who_changes_the_password_twice_is_told_what_is_true() {
    let app = TestApp::start().await;
    let email = new_email();
    let page = "/account/password";
    let new = "another table for forty";
    let fields = [("current_password", PASSWORD), ("new_password", new)];
    for has_new_cookie in [false, true] {
        let email = format!("{has_new_cookie}-{email}");
        let browser = Browser::signed_up(&app, &email).await;
        browser.open(page).await;
        let typed = browser.filled_in(page, &fields);
        let cookie = browser.cookie("guestlist").expect("is signed in");
        browser.submit_again(page, &typed).await.html(200);
        if !has_new_cookie {
            browser.keep("guestlist", &cookie);
        }
        let again = browser.submit_again(page, &typed).await;
        let html = again.html(if has_new_cookie { 403 } else { 200 });
        let twice = "If you sent the form twice, the first time may have counted: then your new password is in force.";
        assert!(html.contains(twice), "{html}");
        assert!(!html.contains("Nothing was changed"), "{html}");
        if !has_new_cookie {
            assert_eq!(again.words_in("h1"), "Sign in");
            let sent = [("email", &*email), ("password", new)];
            browser.submit("/sign-in", &sent).await.html(200);
        }
        assert!(
            browser
                .open("/account")
                .await
                .words_in("dl")
                .contains(&email)
        );
    }
}

#[tokio::test]
async fn who_deletes_the_account_twice_is_told_that_it_is_deleted() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let page = "/account/delete";
    browser.open(page).await;
    let typed = browser.filled_in(page, &[("password", PASSWORD)]);
    let cookie = browser.cookie("guestlist").expect("is signed in");
    browser.submit_again(page, &typed).await.html(200);
    browser.keep("guestlist", &cookie);
    let html = browser.submit_again(page, &typed).await.html(200);
    assert!(
        html.contains("Your account is deleted, and everything in it."),
        "{html}"
    );
}

#[tokio::test]
async fn a_double_click_on_sign_out_signs_out() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    browser.open("/").await;
    let out = browser.filled_in("/sign-out", &[]);
    for _ in 0..2 {
        let page = browser.submit_again("/sign-out", &out).await;
        assert!(page.html(200).contains("You are signed out."));
    }
    let browser = Browser::signed_in(&app, &email).await;
    let page = browser.submit_again("/sign-out", &out).await;
    let html = page.html(403);
    assert!(html.contains("action=\"/sign-out\""), "{html}");
    let page = browser.submit("/sign-out", &[]).await;
    assert!(page.html(200).contains("You are signed out."));
}
