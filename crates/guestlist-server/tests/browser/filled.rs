//! Typed text is still in the form after going back, and gone after the sign-out.

use crate::{
    chromium::{Chromium, Script},
    server::EMAIL,
};

const NEW: &str = "/events/new";
const STORY: &str = "Everybody brings one dish and one story about it.";

async fn fill_in(page: &Chromium) {
    page.open(NEW).await;
    page.fill("#title", "Long table").await;
    page.fill("#description", STORY).await;
    page.fill("#tags", "dinner, neighbours").await;
    page.fill("#location", "Courtyard").await;
    page.click("#visibility-unlisted").await;
}

async fn is_filled_in(page: &Chromium) {
    page.is_at(NEW).await;
    for (field, value) in [
        ("#title", "Long table"),
        ("#description", STORY),
        ("#tags", "dinner, neighbours"),
        ("#location", "Courtyard"),
    ] {
        assert_eq!(page.value(field).await, value, "{field}");
    }
    let choice = page
        .ask("return document.querySelector('[name=visibility]:checked').value")
        .await;
    assert_eq!(choice, "unlisted");
}

/// Create, back, send again: one event, and its page.
#[tokio::test]
async fn going_back_shows_the_filled_in_form_and_sending_it_again_creates_no_second_event() {
    for script in [Script::On, Script::Off] {
        Chromium::used(script, async |page| {
            page.server.with_events();
            page.sign_in().await;
            fill_in(page).await;
            page.submit("main button.primary").await;
            page.says("main .note", "The event is created. It is in no list").await;
            let event = page.path().await;
            page.driver.back().await.expect("goes back");
            is_filled_in(page).await;
            page.submit("main button.primary").await;
            page.is_at(&event).await;
            page.open("/events?mine").await;
            let made = "return [...document.querySelectorAll('h3')].filter((it) => it.textContent.includes('Long table ')).length";
            // The title of an existing event begins with these words, too.
            assert_eq!(page.ask(made).await, 2);
            page.open(&event).await;
            assert!(!page.is_shown("main .note").await, "the message is shown once");
        })
        .await;
    }
}

#[tokio::test]
async fn leaving_a_form_and_going_back_keeps_the_typed_text() {
    Chromium::used(Script::On, async |page| {
        page.server.with_events();
        page.open("/sign-up").await;
        page.fill("#email", "bea@harbour.example").await;
        page.fill("#name", "Bea").await;
        page.follow("Events").await;
        page.driver.back().await.expect("goes back");
        page.is_at("/sign-up").await;
        assert_eq!(page.value("#email").await, "bea@harbour.example");
        assert_eq!(page.value("#name").await, "Bea");
        page.sign_in().await;
        fill_in(page).await;
        page.follow("Events").await;
        page.driver.back().await.expect("goes back");
        is_filled_in(page).await;
        page.driver.forward().await.expect("goes forward");
        page.is_at("/events").await;
        page.driver.back().await.expect("goes back");
        is_filled_in(page).await;
        for (path, field) in [
            ("/account/profile", "#name"),
            ("/account/email", "#email"),
            ("/account/tokens", "#name"),
        ] {
            page.open(path).await;
            page.fill(field, "typed@harbour.example").await;
            page.follow("Events").await;
            page.driver.back().await.expect("goes back");
            page.is_at(path).await;
            assert_eq!(page.value(field).await, "typed@harbour.example", "{path}");
        }
    })
    .await;
}

/// On a shared machine the next user must not see the form by going back.
#[tokio::test]
async fn after_the_sign_out_no_typed_text_is_shown() {
    Chromium::used(Script::On, async |page| {
        page.server.with_events();
        page.sign_in().await;
        fill_in(page).await;
        page.submit("form[action='/sign-out'] button").await;
        page.says("main", "You are signed out.").await;
        page.driver.back().await.expect("goes back");
        page.says("h1", "Sign in").await;
        let shown = page.driver.source().await.expect("has a source");
        assert!(
            !shown.contains(EMAIL) && !shown.contains("Long table"),
            "{shown}"
        );
    })
    .await;
}

/// A refused form comes back filled in, and can be sent without changes.
#[tokio::test]
async fn a_form_that_comes_back_can_be_sent_without_changes() {
    Chromium::used(Script::On, async |page| {
        page.server.with_events();
        page.sign_in().await;
        fill_in(page).await;
        page.ask("document.querySelector('main [name=csrf_token]').value = ''")
            .await;
        page.submit("main button.primary").await;
        page.says("main .note", "This form is out of date").await;
        is_filled_in(page).await;
        page.submit("main button.primary").await;
        page.says("h1", "Long table").await;
        let text = page.text("main").await;
        assert!(text.contains(STORY), "{text}");
    })
    .await;
}
