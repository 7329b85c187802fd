use crate::test_app::{PASSWORD, TestApp, new_email};

use super::{browser::Browser, change_event::planned};

#[tokio::test]
async fn a_new_user_is_signed_in_and_sees_a_welcome_message() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::new(&app);
    browser.open("/sign-up").await.html(200);
    let fields = [("email", &*email), ("password", PASSWORD)];
    let sent = browser.sent("/sign-up", &fields).await;
    assert_eq!(sent.status, 303);
    assert_eq!(sent.header("location"), Some("/"));
    assert!(browser.cookie("guestlist").is_some());
    let home = browser.open("/").await;
    assert_eq!(home.words_in("h1"), "You have nothing planned.");
    assert!(home.html(200).contains("Your name is on the list."));
    assert_eq!(home.header("cache-control"), Some("no-store"));
    let home = browser.open("/").await.html(200);
    assert!(
        !home.contains("Your name is on the list."),
        "the message is shown once"
    );
    let again = browser.ask("/sign-up").await;
    assert_eq!(
        again.header("location"),
        Some("/"),
        "a signed-in user has an account already"
    );
}

#[tokio::test]
async fn an_invalid_form_shows_the_error_and_keeps_all_fields_except_the_password() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    browser.open("/sign-up").await;
    let fields = [("email", "ada@example.com"), ("password", "short")];
    let page = browser.submit("/sign-up", &fields).await;
    let html = page.html(422);
    let expected = "A password needs at least 8 characters.".to_owned();
    assert_eq!(page.summary(), [("password".to_owned(), expected)]);
    assert!(html.contains("aria-describedby=\"password-hint password-error\""));
    assert!(html.contains("aria-invalid=\"true\""));
    assert_eq!(browser.field("/sign-up", "email"), "ada@example.com");
    assert!(!html.contains("short\""), "no password is sent back");
    let page = browser
        .submit("/sign-up", &[("email", "ada"), ("password", PASSWORD)])
        .await;
    page.html(422);
    let expected = "An e-mail address looks like name@example.com.".to_owned();
    assert_eq!(page.summary(), [("email".to_owned(), expected)]);
    let signed_up = browser
        .submit(
            "/sign-up",
            &[("email", "ada@example.com"), ("password", PASSWORD)],
        )
        .await;
    signed_up.html(200);
}

#[tokio::test]
async fn all_mistakes_are_told_at_once() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    browser.open("/sign-up").await;
    let fields = [("email", "ada"), ("name", "a@b.example"), ("password", "x")];
    let page = browser.submit("/sign-up", &fields).await;
    page.html(422);
    let wrong: Vec<_> = page.summary().into_iter().map(|(field, _)| field).collect();
    assert_eq!(wrong, ["email", "name", "password"]);
}

/// E-mail addresses are private, so other users see a name, or "a member".
#[tokio::test]
async fn the_name_is_optional() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    let html = browser.open("/sign-up").await.html(200);
    assert!(html.contains("It is shown with the events you create."));
    let email = new_email();
    let account = |name| [("email", &*email), ("password", PASSWORD), ("name", name)];
    let page = browser
        .submit("/sign-up", &account("ceo@bigcorp.example"))
        .await;
    page.html(422);
    assert_eq!(page.summary()[0].0, "name");
    assert_eq!(browser.field("/sign-up", "email"), email);
    browser
        .submit("/sign-up", &account("Ada \u{202e}Lovelace"))
        .await
        .html(200);
    let event = planned(&browser, &[("title", "Tea")]).await;
    let shown = Browser::new(&app).open(&event).await;
    assert!(shown.words_in("dl").ends_with("Host Ada Lovelace"));
    let email = new_email();
    let nameless = Browser::signed_up(&app, &email).await;
    let event = planned(&nameless, &[("title", "Cake")]).await;
    let own = nameless.open(&event).await;
    assert!(
        own.words_in("dl")
            .ends_with("Host a member You Add your name")
    );
    let others = [
        Browser::new(&app),
        Browser::signed_up(&app, &new_email()).await,
    ];
    for other in others {
        let shown = other.open(&event).await;
        assert!(shown.words_in("dl").ends_with("Host a member"));
        let part = email.split('@').next().expect("has one");
        assert!(
            !shown.html(200).contains(part),
            "a part of the address is shown"
        );
    }
}

#[tokio::test]
async fn a_taken_email_address_leads_to_the_sign_in() {
    let app = TestApp::start().await;
    let email = new_email();
    Browser::signed_up(&app, &email).await;
    let browser = Browser::new(&app);
    browser.open("/sign-up").await;
    let fields = [("email", &*email), ("password", "another table for forty")];
    let page = browser.submit("/sign-up", &fields).await;
    let html = page.html(409);
    assert_eq!(page.summary()[0].0, "email");
    assert!(html.contains("If that is your address, <button"), "{html}");
}

#[tokio::test]
async fn the_forms_support_password_managers() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    for (path, password) in [
        ("/sign-up", "new-password"),
        ("/sign-in", "current-password"),
    ] {
        let html = browser.open(path).await.html(200);
        assert!(html.contains("type=\"email\" value=\"\" autocomplete=\"username\""));
        assert!(html.contains(&format!("type=\"password\" autocomplete=\"{password}\"")));
        assert!(!html.contains("onpaste") && !html.contains("maxlength"));
        assert!(!html.contains("disabled"), "the button is never disabled");
    }
    let page = app.page("/.well-known/change-password").await;
    assert_eq!(page.header("location"), Some("/account/password"));
}
