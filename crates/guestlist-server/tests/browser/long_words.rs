//! Very long words fit on every page, and a printed page has no buttons.

use serde_json::json;

use crate::{
    chromium::{Chromium, MADE_STALE, Script},
    paths::of_a_user,
    server::{PASSWORD, Server},
};

const WIDTHS: [u32; 3] = [320, 390, 1280];

/// Returns every visible control of a page.
const CONTROLS: &str = "return [...document.querySelectorAll('button, .button, nav, form, input, .actions, .skip')] \
    .filter((it) => it.checkVisibility()).map((it) => it.outerHTML.slice(0, 80))";

async fn is_wide(page: &Chromium, width: u32) {
    let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    page.command("Emulation.setDeviceMetricsOverride", size)
        .await;
}

async fn sign_in_as(page: &Chromium, email: &str) {
    page.open("/sign-in").await;
    page.fill("#email", email).await;
    page.fill("#password", PASSWORD).await;
    page.submit("main button.primary").await;
}

async fn fits(page: &Chromium, path: &str) {
    page.open(path).await;
    fits_here(page, path).await;
}

/// Asserts that nothing on this page is wider than the window, in each width.
async fn fits_here(page: &Chromium, path: &str) {
    for width in WIDTHS {
        is_wide(page, width).await;
        fits_in(page, path, width).await;
    }
}

async fn fits_in(page: &Chromium, path: &str, width: u32) {
    let wider = "return [document.documentElement.scrollWidth, \
        [...document.querySelectorAll('body *')].filter((it) => it.checkVisibility() \
            && !it.closest('.wide') && it.getBoundingClientRect().right > innerWidth + 1) \
            .map((it) => it.outerHTML.slice(0, 60))]";
    let found = page.ask(wider).await;
    assert_eq!(found, json!([width, []]), "{path} at {width}");
}

#[tokio::test]
async fn a_very_long_word_fits_on_every_page() {
    Chromium::used(Script::On, async |page| {
        let (email, event) = page.server.with_long_words();
        for path in ["/", "/events", "/events?past", &event] {
            fits(page, path).await;
        }
        sign_in_as(page, &email).await;
        let long = format!("/events?q={}", "w".repeat(100));
        let tagged = format!("/events?tag={}&mine", "w".repeat(50));
        let edit = format!("{event}/edit");
        for path in ["/events?past&mine", &long, &tagged, "/nowhere"] {
            fits(page, path).await;
        }
        for path in of_a_user(&event) {
            fits(page, &path).await;
        }
        page.open("/account/tokens").await;
        page.fill("#name", &"w".repeat(100)).await;
        page.submit("main button.primary").await;
        page.says("main", "Here is the token").await;
        fits_here(page, "/account/tokens").await;
        page.open(&edit).await;
        page.ask(MADE_STALE).await;
        page.fill("#title", &"v".repeat(200)).await;
        page.submit("main button.primary").await;
        page.says("main", "The event was changed").await;
        fits_here(page, &edit).await;
    })
    .await;
}

/// The header is the same for visitors and users, and with every site name.
#[tokio::test]
async fn the_header_is_the_same_on_every_page() {
    for name in ["Harbour House", "guestlist", "Harbour"] {
        let server = || Server::at("127.0.0.1", &[("GUESTLIST_SERVER__NAME", name)]);
        Chromium::used_at(server, Script::On, async |page| {
            let event = page.server.with_events();
            let mut paths = vec!["/", "/events", &event, "/nowhere", "/events/nothing"];
            let visitors = [paths.clone(), vec!["/sign-in", "/sign-up"]].concat();
            let before = headers_are_alike(page, &visitors).await;
            page.sign_in().await;
            paths.extend(["/account", "/account/tokens", "/events/new"]);
            let after = headers_are_alike(page, &paths).await;
            assert_eq!(before, after, "{name}");
        })
        .await;
    }
}

/// Asserts that the header has the same height and link positions on all pages. Returns the heights
/// by width.
async fn headers_are_alike(page: &Chromium, paths: &[&str]) -> Vec<serde_json::Value> {
    let header = "const it = document.querySelector('.top'); return [it.getBoundingClientRect().height, \
        [...it.querySelectorAll('nav li')].map((it) => it.getBoundingClientRect().x)]";
    let mut first = Vec::new();
    for path in paths {
        page.open(path).await;
        let mut here = Vec::new();
        for width in WIDTHS {
            is_wide(page, width).await;
            here.push(page.ask(header).await);
        }
        if first.is_empty() {
            first.clone_from(&here);
        }
        assert_eq!(first, here, "{path}");
    }
    first.iter().map(|header| header[0].clone()).collect()
}

#[tokio::test]
async fn a_printed_page_has_no_buttons() {
    Chromium::used(Script::On, async |page| {
        let event = page.server.with_events();
        page.sign_in().await;
        page.command("Emulation.setEmulatedMedia", json!({ "media": "print" }))
            .await;
        for path in [
            "/",
            "/events",
            "/events?mine",
            &event,
            "/account",
            "/account/sessions",
            "/account/tokens",
        ] {
            page.open(path).await;
            assert_eq!(page.ask(CONTROLS).await, json!([]), "{path}");
        }
        page.open(&event).await;
        let text = page.text("main").await;
        for words in [
            "Long table in the courtyard",
            "Hafenstraße 12",
            "Everybody brings one dish",
        ] {
            assert!(text.contains(words), "{text}");
        }
        for words in ["Delete this event", "Copy", "Edit"] {
            assert!(!text.contains(words), "{text}");
        }
    })
    .await;
}

/// The script writes the time in the reader's zone in the same format as the page.
#[tokio::test]
async fn the_time_in_the_readers_zone_has_the_format_of_the_page() {
    Chromium::used(Script::On, async |page| {
        let event = page.server.with_events();
        let zone = json!({ "timezoneId": "America/New_York" });
        page.command("Emulation.setTimezoneOverride", zone).await;
        page.open(&event).await;
        let facts = page.text("dl").await;
        assert!(
            facts.contains("Saturday 22 November 2036, 18:30"),
            "{facts}"
        );
        let own = "For you (America/New York): Saturday 22 November 2036, 12:30";
        assert!(facts.contains(own), "{facts}");
    })
    .await;
}
