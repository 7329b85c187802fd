//! Changing the name.

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
