//! Signing in and creating an event with the keyboard only.

use thirtyfour::Key;

use crate::{
    chromium::{Chromium, Script},
    server::{EMAIL, PASSWORD},
};

/// The largest number of tab stops before the wanted element on any page.
const MOST: usize = 40;

#[tokio::test]
async fn a_user_signs_in_and_creates_an_event_with_the_keyboard_only() {
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

/// Presses Tab until the focus is at `stop`. Asserts that the focus is visible at each stop.
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
