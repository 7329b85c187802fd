//! Forms and images of foreign pages, which need no permission of ours.

use super::{
    BESIDE, ELSEWHERE,
    eve::{EVE, Eve},
    evil::Evil,
};
use crate::{
    chromium::{Chromium, Script},
    server::PASSWORD,
};

const URLENCODED: &str = "application/x-www-form-urlencoded";
const FOREIGN: &str = "This request came from a page of another site";

/// CS01, CS11, CS18
#[tokio::test]
async fn a_form_of_another_origin_changes_nothing() {
    Chromium::used(Script::On, async |page| {
        let (evil, event) = (Evil::start(), page.as_ada().await);
        let delete = format!("{event}/delete");
        for (action, fields) in [
            ("/sign-out", &[][..]),
            (&delete, &[("version", "1")]),
            (
                "/account/password",
                &[
                    ("current_password", PASSWORD),
                    ("new_password", "a table for Eve alone"),
                ],
            ),
            ("/account/sessions/end-others", &[]),
            (
                "/events/new",
                &[("title", "Planted"), ("visibility", "public")],
            ),
            ("/account/delete", &[("password", PASSWORD)]),
        ] {
            for (host, enctype) in [
                (BESIDE, URLENCODED),
                (BESIDE, "multipart/form-data"),
                (ELSEWHERE, URLENCODED),
            ] {
                let form = evil.form(host, &page.server.url(action), enctype, fields);
                page.visit(&form).await;
                page.is_back().await;
                if host == BESIDE {
                    page.says("main", FOREIGN).await;
                }
                // A form that came back filled in would be one click away from being sent.
                let shown = page.driver.source().await.expect("has a source");
                assert!(!shown.contains("Planted"), "{shown}");
            }
            page.assert_no_harm(&event).await;
        }
    })
    .await;
}

/// CS11: also with a valid CSRF token that leaked from one of our pages.
#[tokio::test]
async fn a_form_of_another_origin_changes_nothing_even_with_a_valid_token() {
    Chromium::used(Script::On, async |page| {
        let (evil, event) = (Evil::start(), page.as_ada().await);
        let token = page
            .value("form[action='/sign-out'] [name=csrf_token]")
            .await;
        let action = page.server.url("/sign-out");
        for host in [BESIDE, ELSEWHERE] {
            let form = evil.form(host, &action, URLENCODED, &[("csrf_token", &token)]);
            page.visit(&form).await;
            page.says("main", FOREIGN).await;
            page.assert_no_harm(&event).await;
        }
    })
    .await;
}

/// CK10, CS18: Eve has a form cookie and its matching token. From another port of our host she can
/// set the cookie.
#[tokio::test]
async fn a_form_of_another_origin_cannot_sign_the_browser_in_as_another_user() {
    Chromium::used(Script::On, async |page| {
        page.server.with_events();
        let (evil, eve) = (Evil::start(), Eve::signed_in(&page.server));
        let (cookie, token) = &eve.visit;
        let fields = [
            ("email", EVE),
            ("password", PASSWORD),
            ("csrf_token", token),
        ];
        let action = page.server.url("/sign-in");
        let planted = format!("Set-Cookie: guestlist-form={cookie}; Path=/\r\n");
        for host in [BESIDE, ELSEWHERE] {
            page.visit(&evil.page_with(host, &planted, "")).await;
            for fields in [&fields[..], &fields[..2]] {
                let form = evil.form(host, &action, URLENCODED, fields);
                page.visit(&form).await;
                page.says("main", FOREIGN).await;
                page.open("/account").await;
                page.is_at("/sign-in?next=%2Faccount").await;
            }
        }
    })
    .await;
}

/// CS08: JSON in a form of type text/plain, for which browsers send no preflight.
#[tokio::test]
async fn json_in_a_text_form_changes_nothing() {
    Chromium::used(Script::On, async |page| {
        let (evil, event) = (Evil::start(), page.as_ada().await);
        let action = page.server.url("/api/v1/events");
        let halves = [(r#"{"title":"Planted","description":""#, r#""}"#)];
        for host in [BESIDE, ELSEWHERE] {
            let form = evil.form(host, &action, "text/plain", &halves);
            page.visit(&form).await;
            page.is_back().await;
            page.assert_no_harm(&event).await;
        }
        // Even one of our pages, with the cookie and the token, cannot send JSON as text/plain.
        page.open("/").await;
        let token = page.value("form[action='/sign-out'] [name=csrf_token]").await;
        let sent = |mime: &str| {
            format!(
                "return fetch('/api/v1/events', {{ method: 'POST', body: '{{\"title\":\"Cake\"}}', \
                 headers: {{ 'Content-Type': '{mime}', 'X-CSRF-Token': '{token}' }} }}).then((r) => r.status)"
            )
        };
        assert_eq!(page.ask(&sent("text/plain")).await, 415);
        assert_eq!(page.ask(&sent("application/json")).await, 201);
    })
    .await;
}

/// CS17: an image request from our host has our cookies, and a link has them from every site.
#[tokio::test]
async fn an_image_and_a_link_change_nothing() {
    Chromium::used(Script::On, async |page| {
        let (evil, event) = (Evil::start(), page.as_ada().await);
        let delete = format!("{event}/delete?version=1");
        let actions = [
            "/sign-out",
            &delete,
            "/events/new?title=Planted&visibility=public",
            "/account/sessions/end-others",
            "/account/tokens?name=Planted&scope=write&days=365",
            "/account/delete",
            "/api/v1/sessions/current",
        ];
        for host in [BESIDE, ELSEWHERE] {
            let picture = |path: &&str| format!("<img src=\"{}\">", page.server.url(path));
            let pictures: String = actions.iter().map(picture).collect();
            page.visit(&evil.page(host, &pictures)).await;
            page.assert_no_harm(&event).await;
            for path in actions {
                let link = format!("<a href=\"{}\">Kittens</a>", page.server.url(path));
                page.visit(&evil.page(host, &link)).await;
                page.follow("Kittens").await;
                page.is_back().await;
            }
            page.assert_no_harm(&event).await;
        }
        page.open("/account/tokens").await;
        page.says("main", "You have no personal access tokens yet.")
            .await;
    })
    .await;
}
