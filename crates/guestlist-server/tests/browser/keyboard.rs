//! With the keyboard alone: through the sign-in, and to an event of one's own.

use thirtyfour::Key;

use crate::{
    chromium::{Chromium, Script},
    server::{EMAIL, PASSWORD},
};

/// No page has so many stops before what is looked for.
const MOST: usize = 40;

#[tokio::test]
async fn somebody_signs_in_and_plans_an_event_with_the_keyboard_alone() {
    for script in [Script::Off, Script::On] {
        Chromium::used(script, async |page| {
            page.server.with_events();
            page.open("/").await;
            press_until(page, "skip").await;
            page.press(Key::Enter).await;
            press_until(page, "I have an account").await;
            page.enter().await;
            press_until(page, "email").await;
            page.press(EMAIL).await;
            press_until(page, "password").await;
            page.press(PASSWORD).await;
            page.enter().await;
            page.says("h1", "You have one event in ").await;
            press_until(page, "New event").await;
            page.enter().await;
            press_until(page, "title").await;
            page.press("Winter reading").await;
            press_until(page, "visibility").await;
            page.press(Key::Down).await;
            press_until(page, "Create event").await;
            page.enter().await;
            page.says("h1", "Winter reading Unlisted").await;
        })
        .await;
    }
}

/// Goes from stop to stop until the focus is where it says; it can be seen at each.
async fn press_until(page: &Chromium, stop: &str) {
    let script = "const at = document.activeElement, look = getComputedStyle(at); \
        return [at.id || at.className, at.textContent.trim(), look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2]";
    for _ in 0..MOST {
        page.press(Key::Tab).await;
        let at = page.ask(script).await;
        assert_eq!(at[2], true, "the focus cannot be seen: {at}");
        if at[0] == stop || at[1] == stop {
            return;
        }
    }
    panic!("the keyboard does not get to {stop}");
}
