//! A filled-in form is one click away from being sent: a foreign page never gets one.

use guestlist_server::router::Surroundings;

use super::{NEW, TEA};
use crate::{
    pages::browser::{Browser, words},
    test_app::{BASE_URL, PASSWORD, TestApp, new_email},
};

#[tokio::test]
async fn a_form_sent_by_a_foreign_page_never_comes_back_filled_in() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for path in [NEW, "/account/profile", "/sign-in"] {
        browser.open(NEW).await;
        let token = browser.field(NEW, "csrf_token");
        for token in ["", &token] {
            for from in [
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://evil.example"),
                ][..],
                &[
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://evil.example"),
                ],
                &[("sec-fetch-site", "cross-site")],
                &[("sec-fetch-site", "cross-site"), ("origin", BASE_URL)],
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "https://evil.example"),
                ],
                &[("sec-fetch-site", "none")],
                &[("origin", "https://evil.example")],
                &[("origin", "null")],
                &[("sec-fetch-site", "same-origin"), ("origin", "null")],
                &[("referer", "https://evil.example/")],
                &[],
            ] {
                let names_another = from.iter().any(|(name, value)| match *name {
                    "origin" => *value != BASE_URL,
                    "sec-fetch-site" => *value != "none" && !from.contains(&("origin", BASE_URL)),
                    _ => true,
                });
                if !token.is_empty() && !names_another {
                    // A valid CSRF token is enough: no foreign page can have it.
                    continue;
                }
                let mut fields: Vec<_> = TEA.to_vec();
                fields.extend([("name", "Planted"), ("email", "planted@example.com")]);
                fields.extend([("csrf_token", token), ("password", PASSWORD)]);
                let fields: Vec<_> = fields
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                let page = browser.post(path, &fields, from).await;
                let html = page.html(403);
                let text = words(&html);
                // A token is long, so a short word may occur in it.
                for typed in ["cake", "Two&", "Two>", "Planted", "planted"] {
                    assert!(
                        !html.contains(typed) && !text.contains(typed),
                        "{from:?}: {html}"
                    );
                }
            }
        }
    }
    let mine = browser.open("/events?mine").await.html(200);
    assert!(!mine.contains("cake"), "{mine}");
}

/// A visitor who is not signed in gets no draft of a form that another page sends.
#[tokio::test]
async fn no_draft_is_made_of_a_form_that_another_page_sends() {
    let app = TestApp::start().await;
    let email = new_email();
    Browser::signed_up(&app, &email).await;
    let ada = app.user(&email).await.id.to_string();
    let browser = Browser::new(&app);
    let fields = [("title", "Planted"), ("owner", &*ada)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for from in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("origin", "https://evil.example")],
    ] {
        let answer = browser.post(NEW, &fields, from).await;
        assert_eq!(
            answer.header("location"),
            Some("/sign-in?next=%2Fevents%2Fnew")
        );
        assert!(!answer.text().contains("draft"));
    }
}

#[tokio::test]
async fn the_headers_of_our_own_page_are_enough_and_a_listed_origin_is_foreign() {
    let listed = "https://friend.example";
    let surroundings = Surroundings {
        cors_origins: vec![listed.parse().expect("is an origin")],
        ..Surroundings::default()
    };
    let app = TestApp::start().await.surrounded(BASE_URL, surroundings);
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let fields = browser.filled_in(NEW, &[("title", "Planted"), ("csrf_token", "")]);
    for (is_own, from) in [
        (true, &[("sec-fetch-site", "same-origin")][..]),
        (
            true,
            &[("sec-fetch-site", "same-origin"), ("origin", BASE_URL)],
        ),
        (true, &[("origin", BASE_URL)]),
        (
            false,
            &[("sec-fetch-site", "cross-site"), ("origin", listed)],
        ),
        (false, &[("origin", listed)]),
        (false, &[("referer", BASE_URL)]),
        (
            false,
            &[("sec-fetch-site", "same-site"), ("referer", BASE_URL)],
        ),
    ] {
        let html = browser.post(NEW, &fields, from).await.html(403);
        assert_eq!(html.contains("Planted"), is_own, "{from:?}");
    }
}

/// The user stays signed in, and the page does not say otherwise.
#[tokio::test]
async fn a_sign_out_sent_by_a_foreign_page_is_refused_also_without_a_session() {
    let app = TestApp::start().await;
    let from = [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
    ];
    let answer = Browser::new(&app).post("/sign-out", &[], &from).await;
    answer.html(403);
    assert_eq!(answer.header("set-cookie"), None, "{answer:?}");
}
