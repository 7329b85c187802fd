use crate::test_app::{PASSWORD, TestApp, somebody};

use super::{browser::Browser, change_event::planned};

#[tokio::test]
async fn somebody_new_is_signed_in_and_the_list_has_their_name() {
    let app = TestApp::start().await;
    let email = somebody();
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
        "it is said once"
    );
    let again = browser.ask("/sign-up").await;
    assert_eq!(again.header("location"), Some("/"), "they have an account");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_only_the_password_is_forgotten() {
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

/// The address is nobody's to see, so others see a name, or none.
#[tokio::test]
async fn a_name_is_asked_for_and_may_be_left_out() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    let html = browser.open("/sign-up").await.html(200);
    assert!(html.contains("Everybody sees it beside the events you create."));
    let email = somebody();
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
    let email = somebody();
    let nameless = Browser::signed_up(&app, &email).await;
    let event = planned(&nameless, &[("title", "Cake")]).await;
    let own = nameless.open(&event).await;
    assert!(
        own.words_in("dl")
            .ends_with("Host a member You Add your name")
    );
    let others = [
        Browser::new(&app),
        Browser::signed_up(&app, &somebody()).await,
    ];
    for other in others {
        let shown = other.open(&event).await;
        assert!(shown.words_in("dl").ends_with("Host a member"));
        let part = email.split('@').next().expect("has one");
        assert!(!shown.html(200).contains(part), "no part of an address");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_leads_to_the_sign_in() {
    let app = TestApp::start().await;
    let email = somebody();
    Browser::signed_up(&app, &email).await;
    let browser = Browser::new(&app);
    browser.open("/sign-up").await;
    let fields = [("email", &*email), ("password", "another table for forty")];
    let page = browser.submit("/sign-up", &fields).await;
    let html = page.html(409);
    assert_eq!(page.summary()[0].0, "email");
    assert!(html.contains("If that is your address, <a href=\"/sign-in\">sign in</a>"));
}

#[tokio::test]
async fn password_managers_find_what_they_look_for() {
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
        assert!(
            !html.contains("disabled"),
            "the button can always be pressed"
        );
    }
    let page = app.page("/.well-known/change-password").await;
    assert_eq!(page.header("location"), Some("/account/password"));
}
