//! Changing the password.

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
