//! Changing the e-mail address.

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
