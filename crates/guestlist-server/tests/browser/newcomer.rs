//! Everything a new user does, from the first visit to the deletion of the account.

use crate::{
    chromium::{Chromium, Script},
    server::{EMAIL, PASSWORD},
};

const OTHER: &str = "another table for forty";

#[tokio::test]
async fn a_new_user_can_do_everything_without_javascript() {
    way(Script::Off).await;
}

#[tokio::test]
async fn a_new_user_can_do_everything_with_javascript() {
    way(Script::On).await;
}

async fn way(script: Script) {
    Chromium::used(script, async |page| {
        sign_up(page, script).await;
        plan(page, script).await;
        sign_out_and_in(page).await;
        use_the_account_pages(page).await;
        leave(page).await;
    })
    .await;
}

async fn sign_up(page: &Chromium, script: Script) {
    page.open("/").await;
    page.says("h1", "There is no account yet.").await;
    page.follow("Create the first account").await;
    page.fill("#email", EMAIL).await;
    page.fill("#password", "short").await;
    assert_eq!(page.is_shown(".secret button").await, script == Script::On);
    if script == Script::On {
        page.click(".secret button").await;
        let shown = page.find("#password").await.attr("type").await;
        assert_eq!(shown.expect("looks").as_deref(), Some("text"));
    }
    page.submit("main button.primary").await;
    page.says(".note.wrong", "8 characters").await;
    let focused = page
        .ask("return document.activeElement.getAttribute('role')")
        .await;
    assert_eq!(focused, "alert", "the error summary has the focus");
    assert_eq!(page.value("#email").await, EMAIL);
    assert_eq!(page.value("#password").await, "");
    page.fill("#password", PASSWORD).await;
    page.submit("main button.primary").await;
    page.says("h1", "You have nothing planned.").await;
    page.says("main .note", "Welcome. Your name is on the list.")
        .await;
}

async fn plan(page: &Chromium, script: Script) {
    page.follow("New event").await;
    page.submit("main button.primary").await;
    page.says(".note.wrong li", "Enter a name.").await;
    page.click(".note.wrong a").await;
    page.press("Long table").await;
    assert_eq!(
        page.value("#title").await,
        "Long table",
        "the link moves the focus to the field"
    );
    page.find("#start_date")
        .await
        .send_keys("11222036")
        .await
        .expect("types");
    page.find("#start_time")
        .await
        .send_keys("0630PM")
        .await
        .expect("types");
    page.fill("#time_zone", "Europe/Berlin").await;
    page.fill("#location", "Courtyard").await;
    page.submit("main button.primary").await;
    page.says("h1", "Long table").await;
    let facts = page.text("dl").await;
    assert!(
        facts.contains("Saturday 22 November 2036, 18:30"),
        "{facts}"
    );
    assert!(facts.contains("Europe/Berlin, UTC+1"), "{facts}");
    assert_eq!(facts.contains("For you ("), script == Script::On, "{facts}");
    page.follow("Edit").await;
    page.fill("#title", "Long table in the courtyard").await;
    page.submit("main button.primary").await;
    page.says("h1", "Long table in the courtyard").await;
    page.follow("Events").await;
    page.says(".month", "November 2036").await;
}

async fn sign_out_and_in(page: &Chromium) {
    page.submit(".top form button").await;
    page.says("h1", "A list decides who comes in.").await;
    page.open("/account").await;
    page.is_at("/sign-in?next=%2Faccount").await;
    page.fill("#email", EMAIL).await;
    page.fill("#password", "wrong password").await;
    page.submit("main button.primary").await;
    page.says(".note.wrong li", "Wrong e-mail or password.")
        .await;
    page.fill("#password", PASSWORD).await;
    page.submit("main button.primary").await;
    page.is_at("/account").await;
}

async fn use_the_account_pages(page: &Chromium) {
    page.follow("Sessions").await;
    page.says(".rows li", "This device").await;
    page.open("/account/tokens").await;
    page.fill("#name", "backup").await;
    page.submit("main button.primary").await;
    page.says(".note .id", "glp_").await;
    page.open("/account/password").await;
    page.fill("#current_password", PASSWORD).await;
    page.fill("#new_password", OTHER).await;
    page.submit("main button.primary").await;
    page.is_at("/account").await;
}

async fn leave(page: &Chromium) {
    page.open("/events").await;
    page.follow("Long table in the courtyard").await;
    page.follow("Delete this event").await;
    page.submit("main button.danger").await;
    page.says("main .note", "The event is deleted.").await;
    page.open("/account/delete").await;
    page.fill("#password", OTHER).await;
    page.submit("main button.danger").await;
    page.says("h1", "There is no account yet.").await;
}
