//! axe-core finds no violation on any page. It comes from npm (`npm install --prefix
//! target/ci-tools axe-core@4`). Without it this test says that it is skipped, and fails if
//! `CI=true` is set.

use std::path::Path;

use serde_json::json;

use crate::{
    chromium::{Chromium, MADE_STALE, Script, skip},
    paths::of_a_user,
};

const AXE: &str = "../../target/ci-tools/node_modules/axe-core/axe.min.js";
const RUN: &str = "const done = arguments[arguments.length - 1]; \
    const said = (node) => node.target.join(' ') + ' ' + node.failureSummary; \
    axe.run(document).then( \
        (found) => done(found.violations.map((one) => one.id + ': ' + one.nodes.map(said).join('; '))), \
        (error) => done([String(error)]));";

#[tokio::test]
async fn no_page_has_an_accessibility_violation() {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join(AXE);
    let Ok(axe) = std::fs::read_to_string(axe) else {
        skip("axe-core in target/ci-tools");
        return;
    };
    Chromium::used(Script::On, async |page| {
        no_violation(page, &axe, "/").await;
        let event = page.server.with_events();
        for path in [
            "/",
            "/events",
            "/events?tag=harbour&past",
            "/events?q=nothing",
            &event,
            "/sign-up",
            "/sign-in",
            "/nowhere",
        ] {
            no_violation(page, &axe, path).await;
        }
        for path in ["/sign-up", "/sign-in"] {
            page.open(path).await;
            page.submit("main button.primary").await;
            no_violation_here(page, &axe).await;
        }
        page.sign_in().await;
        for path in of_a_user(&event) {
            no_violation(page, &axe, &path).await;
        }
        page.open("/events/new").await;
        page.submit("main button.primary").await;
        no_violation_here(page, &axe).await;
        page.open(&format!("{event}/edit")).await;
        page.ask(MADE_STALE).await;
        page.fill("#title", "Another").await;
        page.submit("main button.primary").await;
        page.says("table", "Another").await;
        no_violation_here(page, &axe).await;
        page.open("/account/email").await;
        page.submit("main button.primary").await;
        no_violation_here(page, &axe).await;
        page.open("/account/tokens").await;
        page.fill("#name", "backup").await;
        page.submit("main button.primary").await;
        no_violation_here(page, &axe).await;
        page.open("/events/new").await;
        page.fill("#title", "Tea").await;
        page.ask("document.querySelector('main [name=csrf_token]').value = ''")
            .await;
        page.submit("main button.primary").await;
        page.says("main", "This form is out of date").await;
        no_violation_here(page, &axe).await;
        page.open("/events/new").await;
        page.fill("#title", "Tea").await;
        page.submit("main button.primary").await;
        page.driver.back().await.expect("goes back");
        page.fill("#title", "Coffee").await;
        page.submit("main button.primary").await;
        page.says("main", "This form has already created an event")
            .await;
        no_violation_here(page, &axe).await;
        let cookies = page.driver.delete_all_cookies().await;
        cookies.expect("forgets");
        page.submit("main button.primary").await;
        page.says("main", "Nothing you typed is lost").await;
        no_violation_here(page, &axe).await;
    })
    .await;
}

async fn no_violation(page: &Chromium, axe: &str, path: &str) {
    page.open(path).await;
    no_violation_here(page, axe).await;
}

/// In light mode and in dark mode.
async fn no_violation_here(page: &Chromium, axe: &str) {
    for scheme in ["light", "dark"] {
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        page.command("Emulation.setEmulatedMedia", media).await;
        page.ask(axe).await;
        let found = page.driver.execute_async(RUN, Vec::new()).await;
        let found = found.expect("answers");
        let path = page.path().await;
        assert_eq!(found.json(), &json!([]), "{path}, {scheme}");
    }
}
