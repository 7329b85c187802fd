//! What stays in the browser after a session.

use serde_json::json;

use crate::{
    chromium::{Chromium, Script},
    server::EMAIL,
};

/// OWASP ASVS 5.0, 14.3.1 and 14.3.3.
#[tokio::test]
async fn the_browser_stores_only_cookies_and_shows_nothing_after_the_sign_out() {
    Chromium::used(Script::On, async |page| {
        page.server.with_events();
        page.sign_in().await;
        for path in ["/account/tokens", "/events/new", "/account"] {
            page.open(path).await;
        }
        page.says("main", EMAIL).await;
        let kept = page
            .ask(
                "return Promise.all([indexedDB.databases(), caches.keys()]).then((kept) => \
                 [localStorage.length, sessionStorage.length, document.cookie, ...kept])",
            )
            .await;
        assert_eq!(kept, json!([0, 0, "", [], []]));
        page.submit("form[action='/sign-out'] button").await;
        page.says("main", "You are signed out.").await;
        page.driver.back().await.expect("goes back");
        page.says("h1", "Sign in").await;
        let shown = page.driver.source().await.expect("has a source");
        assert!(!shown.contains(EMAIL), "{shown}");
    })
    .await;
}
