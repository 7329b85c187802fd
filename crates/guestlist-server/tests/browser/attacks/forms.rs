//! Forms and pictures of somebody else's pages, which need no leave of ours to be sent.

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
const FOREIGN: &str = "This request came from a page that is not ours";

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
                // A form that came back filled in would be one click from being sent.
                let shown = page.driver.source().await.expect("has a source");
                assert!(!shown.contains("Planted"), "{shown}");
                page.has_harmed_nobody(&event).await;
            }
        }
    })
    .await;
}

/// CS11: also where a page of ours has given its token away.
#[tokio::test]
async fn a_form_of_another_origin_changes_nothing_with_the_right_token_either() {
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
            page.has_harmed_nobody(&event).await;
        }
    })
    .await;
}

/// CK10, CS18: Eve knows a form cookie and a token that fit, and from beside us she can write the cookie.
#[tokio::test]
async fn nobody_is_signed_in_as_somebody_else_by_another_origin() {
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

/// CS08: JSON in a form of plain text, which no browser asks about.
#[tokio::test]
async fn json_that_a_form_sends_as_text_changes_nothing() {
    Chromium::used(Script::On, async |page| {
        let (evil, event) = (Evil::start(), page.as_ada().await);
        let action = page.server.url("/api/v1/events");
        let halves = [(r#"{"title":"Planted","description":""#, r#""}"#)];
        for host in [BESIDE, ELSEWHERE] {
            let form = evil.form(host, &action, "text/plain", &halves);
            page.visit(&form).await;
            page.is_back().await;
            page.has_harmed_nobody(&event).await;
        }
        // A page of ours may send it with everything else that is needed, and it is no JSON all the same.
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

/// CS17: every picture is a request with our cookies, from beside us and, where somebody follows a link, from
/// everywhere.
#[tokio::test]
async fn a_picture_and_a_link_change_nothing() {
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
            page.has_harmed_nobody(&event).await;
            for path in actions {
                let link = format!("<a href=\"{}\">Kittens</a>", page.server.url(path));
                page.visit(&evil.page(host, &link)).await;
                page.follow("Kittens").await;
                page.is_back().await;
                page.has_harmed_nobody(&event).await;
            }
        }
        page.open("/account/tokens").await;
        page.says("main", "You have no access tokens yet.").await;
    })
    .await;
}
