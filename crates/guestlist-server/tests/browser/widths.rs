//! Pages from the narrowest phone to a wide screen, in light and dark mode. `UPDATE_SCREENS=1`
//! saves screenshots in `docs/screens/`.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    chromium::{Chromium, Script},
    paths::ACCOUNT,
};

const SCREENS: &str = "../../docs/screens";
const KEPT: [&str; 6] = ["home", "events", "event", "new-event", "sign-up", "account"];
/// The minimum target size in pixels, WCAG 2.2, 2.5.8.
const LEAST_TARGET: f64 = 24.0;

#[tokio::test]
async fn no_page_is_wider_than_the_window_and_no_target_is_too_small() {
    Chromium::used(Script::On, async |page| {
        let event = page.server.with_events();
        let edit = format!("{event}/edit");
        looked_at(page, "/", "start").await;
        looked_at(page, "/events", "events").await;
        looked_at(page, &event, "event").await;
        looked_at(page, "/sign-up", "sign-up").await;
        page.sign_in().await;
        looked_at(page, "/", "home").await;
        looked_at(page, "/events/new", "new-event").await;
        looked_at(page, &edit, "edit").await;
        looked_at(page, "/nowhere", "not-found").await;
        for path in ACCOUNT {
            let name = path.rsplit('/').next().expect("has a name");
            looked_at(page, path, name).await;
        }
    })
    .await;
}

/// The list of events is higher than the window, and the sign-in is not.
#[tokio::test]
async fn the_header_stands_still_on_pages_with_and_without_a_scroll_bar() {
    Chromium::used_with_scroll_bars(async |page| {
        page.server.with_events();
        let places = "const place = (css) => document.querySelector(css).getBoundingClientRect().x; \
            return [place('.brand'), place('.top nav a'), place('h1')]";
        for width in [390, 1280] {
            let size =
                json!({ "width": width, "height": 700, "deviceScaleFactor": 1, "mobile": false });
            page.command("Emulation.setDeviceMetricsOverride", size)
                .await;
            page.open("/sign-in").await;
            let is_short = "return document.documentElement.scrollHeight <= innerHeight";
            assert_eq!(page.ask(is_short).await, true, "{width}");
            let short = page.ask(places).await;
            page.open("/").await;
            let has_bar = "return document.documentElement.clientWidth < innerWidth \
                && document.documentElement.scrollHeight > innerHeight";
            assert_eq!(page.ask(has_bar).await, true, "{width}");
            assert_eq!(page.ask(places).await, short, "{width}");
        }
    })
    .await;
}

async fn looked_at(page: &Chromium, path: &str, name: &str) {
    page.open(path).await;
    for width in [320, 390, 1280, 1600] {
        let size =
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        page.command("Emulation.setDeviceMetricsOverride", size)
            .await;
        let scrolls = page
            .ask("return document.documentElement.scrollWidth")
            .await;
        assert_eq!(scrolls, width, "{path} at {width}");
        let small = page.ask(&too_small()).await;
        assert_eq!(small, json!([]), "{path} at {width}");
        if !matches!(width, 390 | 1280) {
            continue;
        }
        for scheme in ["light", "dark"] {
            let media =
                json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            page.command("Emulation.setEmulatedMedia", media).await;
            if KEPT.contains(&name) && std::env::var_os("UPDATE_SCREENS").is_some() {
                keep(page, &format!("{name}-{width}-{scheme}.png")).await;
            }
        }
    }
}

/// Finds buttons and links that are smaller than the minimum target size. Links in text are not
/// checked.
fn too_small() -> String {
    format!(
        "return [...document.querySelectorAll('button, .button, .chip, nav a, input, select, textarea')] \
         .filter((it) => it.type !== 'hidden' && it.getClientRects().length) \
         .map((it) => [it.outerHTML.slice(0, 80), it.getBoundingClientRect()]) \
         .filter(([_, box]) => box.height < {LEAST_TARGET} || box.width < {LEAST_TARGET}).map(([html]) => html)"
    )
}

/// Saves a screenshot of the whole page, however long it is.
async fn keep(page: &Chromium, name: &str) {
    let whole = json!({ "format": "png", "captureBeyondViewport": true });
    let answer = page.command("Page.captureScreenshot", whole).await;
    let png = STANDARD.decode(answer["data"].as_str().expect("is text"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(SCREENS)
        .join(name);
    std::fs::write(path, png.expect("is base64")).expect("writes");
}
