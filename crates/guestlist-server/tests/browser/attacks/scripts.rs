//! What scripts of other origins read of ours with their visitor's cookies, and what they change.

use serde_json::Value;

use super::{BESIDE, ELSEWHERE, evil::Evil};
use crate::{
    chromium::{Chromium, Script},
    server::{EMAIL, Server},
};

const REFUSED: &str = "the browser refuses";
const HERE: &str = "app.localhost";
const FRIEND: &str = "friend.app.localhost";

impl Chromium {
    /// What a script on the page that is shown reads there; not the page's own script, but in its place.
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
                assert_eq!(unread, REFUSED, "{path} as a picture or a script");
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
            page.has_harmed_nobody(&event).await;
        }
    })
    .await;
}

/// CO01, CO02, CO03; the origins are of one site, so that the cookie goes along.
#[tokio::test]
async fn a_listed_origin_reads_and_neither_its_twins_nor_null_do() {
    let evil = Evil::start();
    let listed = evil.origin(FRIEND);
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
        // From another port than the listed one.
        let other = Evil::start();
        page.visit(&other.page(FRIEND, "")).await;
        assert_eq!(page.fetched("/api/v1/me", "").await, REFUSED);
        for frame in [
            "<iframe sandbox=\"allow-scripts\" srcdoc=\"null\"></iframe>",
            "<iframe src=\"data:text/html,null\"></iframe>",
        ] {
            page.visit(&evil.page(FRIEND, frame)).await;
            page.driver.enter_frame(0).await.expect("has a frame");
            assert_eq!(page.ask("return self.origin").await, "null");
            assert_eq!(page.fetched("/api/v1/me", "").await, REFUSED, "{frame}");
            page.driver.enter_default_frame().await.expect("leaves it");
        }
        page.has_harmed_nobody(&event).await;

        page.visit(&evil.page(FRIEND, "")).await;
        let me = page.fetched("/api/v1/me", "").await;
        assert!(me.contains(EMAIL), "{me}");
        let pages = page.fetched("/account", "").await;
        assert_eq!(pages, REFUSED, "what is a page is for people");
        let refused = page.fetched("/api/v1/events", &plan("")).await;
        assert!(refused.contains("\"csrf_token\""), "{refused}");
        // What the page needs it asks for itself.
        let told = page.fetched("/api/v1/csrf", "").await;
        let told: Value = serde_json::from_str(&told).expect("is JSON");
        let token = told["csrf_token"].as_str().expect("is text");
        let made = page.fetched("/api/v1/events", &plan(token)).await;
        assert!(made.contains("\"title\":\"Planted\""), "{made}");
    })
    .await;
}
