//! Personal access tokens.

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
