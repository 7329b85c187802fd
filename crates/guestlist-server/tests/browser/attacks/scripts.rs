//! What scripts of other origins can read and change with the user's cookies.

use serde_json::Value;

use super::{BESIDE, ELSEWHERE, evil::Evil};
use crate::{
    chromium::{Chromium, Script},
    server::{EMAIL, Server},
};

const REFUSED: &str = "the browser refuses";
const HERE: &str = "app.localhost";
const LISTED: &str = "friend.app.localhost";

impl Chromium {
    /// Fetches a path as a script of the current page would, and returns the response body.
    async fn fetched(&self, path: &str, how: &str) -> String {
        let url = self.server.url(path);
        let said = self
            .ask(&format!(
                "return fetch('{url}', {{ credentials: 'include', {how} }}).then((r) => r.text()) \
                 .catch(() => '{REFUSED}')"
            ))
            .await;
        let Value::String(said) = said else {
            panic!("{said} is no text")
        };
        said
    }
}

/// CS01, CO02
#[tokio::test]
async fn a_script_of_another_origin_reads_nothing_and_changes_nothing() {
    Chromium::used(Script::On, async |page| {
        let (evil, event) = (Evil::start(), page.as_ada().await);
        for host in [BESIDE, ELSEWHERE] {
            let blank = evil.page(host, "");
            page.visit(&blank).await;
            for path in [
                "/api/v1/me",
                "/account",
                "/account/data.json",
                &event,
                "/openapi.json",
            ] {
                assert_eq!(page.fetched(path, "").await, REFUSED, "{path}");
                let unread = page.fetched(path, "mode: 'no-cors'").await;
                assert_eq!(unread, REFUSED, "{path} with no-cors");
            }
            for (path, how) in [
                ("/api/v1/sessions/current", "method: 'DELETE'"),
                ("/sign-out", "method: 'POST', mode: 'no-cors'"),
                (
                    "/api/v1/sessions/current",
                    "method: 'POST', mode: 'no-cors'",
                ),
                (
                    "/api/v1/events",
                    "method: 'POST', body: '{\"title\":\"Planted\"}', \
                     headers: { 'Content-Type': 'application/json' }",
                ),
                (
                    "/api/v1/events",
                    "method: 'POST', body: '{\"title\":\"Planted\"}', mode: 'no-cors'",
                ),
                (
                    "/sign-out",
                    "method: 'POST', headers: { 'X-HTTP-Method-Override': 'GET' }",
                ),
            ] {
                let read = page.fetched(path, how).await;
                assert!([REFUSED, ""].contains(&&*read), "{path} {how}: {read}");
            }
            page.assert_no_harm(&event).await;
        }
    })
    .await;
}

/// CO01, CO02, CO03. The origins belong to one site, so that the browser sends the cookie.
#[tokio::test]
async fn a_listed_origin_can_read_and_similar_origins_and_null_cannot() {
    let evil = Evil::start();
    let listed = evil.origin(LISTED);
    let settings = [("GUESTLIST_CORS__ORIGINS", &*listed)];
    let server = || Server::at(HERE, &settings);
    Chromium::used_at(server, Script::On, async |page| {
        let event = page.as_ada().await;
        let plan = |token: &str| {
            format!(
                "method: 'POST', body: '{{\"title\":\"Planted\"}}', \
                 headers: {{ 'Content-Type': 'application/json', 'X-CSRF-Token': '{token}' }}"
            )
        };
        let token = page
            .value("form[action='/sign-out'] [name=csrf_token]")
            .await;
        for twin in [
            "evilfriend.app.localhost",
            "below.friend.app.localhost",
            "friend.app.localhost.evil.localhost",
            "friendXapp.localhost",
            HERE,
            ELSEWHERE,
        ] {
            page.visit(&evil.page(twin, "")).await;
            for path in ["/api/v1/me", "/api/v1/csrf"] {
                assert_eq!(page.fetched(path, "").await, REFUSED, "{path} {twin}");
            }
            let planted = page.fetched("/api/v1/events", &plan(&token)).await;
            assert_eq!(planted, REFUSED, "{twin}");
        }
        // Another port than that of the listed origin.
        let other = Evil::start();
        page.visit(&other.page(LISTED, "")).await;
        assert_eq!(page.fetched("/api/v1/me", "").await, REFUSED);
        for frame in [
            "<iframe sandbox=\"allow-scripts\" srcdoc=\"null\"></iframe>",
            "<iframe src=\"data:text/html,null\"></iframe>",
        ] {
            page.visit(&evil.page(LISTED, frame)).await;
            page.driver.enter_frame(0).await.expect("has a frame");
            assert_eq!(page.ask("return self.origin").await, "null");
            assert_eq!(page.fetched("/api/v1/me", "").await, REFUSED, "{frame}");
            page.driver.enter_default_frame().await.expect("leaves it");
        }
        page.assert_no_harm(&event).await;

        page.visit(&evil.page(LISTED, "")).await;
        let me = page.fetched("/api/v1/me", "").await;
        assert!(me.contains(EMAIL), "{me}");
        let pages = page.fetched("/account", "").await;
        assert_eq!(pages, REFUSED, "a page is not readable by scripts");
        let refused = page.fetched("/api/v1/events", &plan("")).await;
        assert!(refused.contains("\"csrf_token\""), "{refused}");
        // The page of the listed origin fetches the CSRF token.
        let told = page.fetched("/api/v1/csrf", "").await;
        let told: Value = serde_json::from_str(&told).expect("is JSON");
        let token = told["csrf_token"].as_str().expect("is text");
        let made = page.fetched("/api/v1/events", &plan(token)).await;
        assert!(made.contains("\"title\":\"Planted\""), "{made}");
    })
    .await;
}
