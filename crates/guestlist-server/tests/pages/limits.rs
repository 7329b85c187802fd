//! The limits of wrong passwords, in a browser.

use std::time::Duration;

use crate::{
    limits::{strict, used_up},
    test_app::{PASSWORD, new_email},
};

use super::browser::Browser;

#[tokio::test]
async fn the_form_says_when_to_try_again_and_keeps_the_address() {
    let app = strict().await;
    let email = new_email();
    app.signed_in(&email).await;
    used_up(&app, &email).await;
    let browser = Browser::new(&app);
    browser.open("/sign-in").await.html(200);
    let fields = [("email", &*email), ("password", PASSWORD)];
    let page = browser.submit("/sign-in", &fields).await;
    page.html(429);
    assert_eq!(page.header("retry-after"), Some("300"));
    let words = "Too many tries; try again in 5 minutes.".to_owned();
    assert_eq!(page.summary(), [("email".to_owned(), words)]);
    assert_eq!(browser.field("/sign-in", "email"), email);
    assert_eq!(browser.field("/sign-in", "password"), "");
    app.clock.advance(Duration::from_secs(300));
    browser.submit("/sign-in", &fields).await.html(200);
}

#[tokio::test]
async fn every_form_with_a_password_says_when_to_try_again() {
    let app = strict().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for (path, fields) in [
        ("/account/email", vec![("email", "new@example.com")]),
        ("/account/delete", vec![]),
        ("/account/proof", vec![]),
    ] {
        browser.open(path).await.html(200);
        let fields = [fields, vec![("password", "wrong")]].concat();
        let mut page = browser.submit(path, &fields).await;
        for _ in 0..20 {
            if page.status == 429 {
                break;
            }
            page = browser.submit(path, &fields).await;
        }
        page.html(429);
        assert!(page.header("retry-after").is_some(), "{path}: {page:?}");
    }
}

/// RL08: others cannot lock the owner out of a browser that the owner has used before.
#[tokio::test]
async fn a_browser_that_signed_in_before_is_not_locked_out_by_others() {
    let app = strict().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    let device = browser.cookie("guestlist-device").expect("is remembered");
    browser.submit("/sign-out", &[]).await;
    assert_eq!(browser.cookie("guestlist-device"), Some(device), "stays");
    used_up(&app, &email).await;
    let fields = [("email", &*email), ("password", PASSWORD)];
    let other = Browser::new(&app);
    other.open("/sign-in").await.html(200);
    other.submit("/sign-in", &fields).await.html(429);
    browser.open("/sign-in").await.html(200);
    browser.submit("/sign-in", &fields).await.html(200);
    assert!(browser.cookie("guestlist").is_some());
    // The cookie alone opens nothing.
    let thief = Browser::new(&app);
    let device = browser.cookie("guestlist-device").expect("is remembered");
    thief.keep("guestlist-device", &device);
    assert_eq!(thief.ask("/account").await.status, 303);
}
