//! Requests that a page of another site makes a browser send.

use super::*;
use crate::WebOrigin;

/// Sends a request that changes something, with Ada's cookie and these headers.
async fn change(fixture: &Fixture, ada: &Browsing, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("cookie", &*ada.cookie)];
    all.extend(headers);
    fixture.post("/hello", &all, "").await
}

/// Does the same with the right CSRF token.
async fn change_with_token(fixture: &Fixture, ada: &Browsing, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("x-csrf-token", &*ada.token)];
    all.extend(headers);
    change(fixture, ada, &all).await
}

/// CS01, for every method that changes something; CS15; CS17.
#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let eve = fixture.open(EVE, Wanted::DATABASE).await;
    let bearer = format!("Bearer {}", eve.access_token.expose());
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let method: Method = method.parse().expect("is a method");
        let cookie = ("cookie", &*ada.cookie);
        let answer = fixture.send(method.clone(), "/hello", &[cookie], "").await;
        answer.refused(403, "csrf_token");
        let same = [
            cookie,
            ("sec-fetch-site", "same-origin"),
            ("origin", BASE_URL),
        ];
        let answer = fixture.send(method.clone(), "/hello", &same, "").await;
        answer.refused(403, "csrf_token");
        let token = [cookie, ("x-csrf-token", &*ada.token)];
        let answer = fixture.send(method.clone(), "/hello", &token, "").await;
        assert_eq!(answer.body, ADA);
        let bearer = [("authorization", &*bearer)];
        let answer = fixture.send(method, "/hello", &bearer, "").await;
        assert_eq!(
            answer.body, EVE,
            "no page can make a browser send a bearer token"
        );
    }
    assert_eq!(fixture.get("/hello", &ada.cookie).await.body, ADA);
}

/// CS02, CS03, CS04, CK12
#[tokio::test]
async fn a_csrf_token_of_another_session_or_from_before_the_sign_in_is_refused() {
    let fixture = Fixture::new().await;
    let [ada, eve] = [fixture.browsing(ADA).await, fixture.browsing(EVE).await];
    let others = fixture.browsing(ADA).await;
    let visit = fixture.visiting().await;
    let mut changed = ada.token.clone();
    let last = if changed.pop() == Some('A') { "B" } else { "A" };
    changed.push_str(last);
    for bad in [
        &*eve.token,
        &others.token,
        &visit.token,
        &changed,
        "",
        "null",
        &ada.cookie,
    ] {
        let answer = change(&fixture, &ada, &[("x-csrf-token", bad)]).await;
        answer.refused(403, "csrf_token");
    }
    // Also if the cookie that the token is bound to is sent along, as an attacker who can write
    // cookies does.
    let both = format!("{}; {}", ada.cookie, visit.cookie);
    let headers = [("cookie", &*both), ("x-csrf-token", &*visit.token)];
    fixture
        .post("/hello", &headers, "")
        .await
        .refused(403, "csrf_token");
    let twice = [("x-csrf-token", &*ada.token), ("x-csrf-token", &*ada.token)];
    change(&fixture, &ada, &twice)
        .await
        .refused(403, "csrf_token");
    assert_eq!(change_with_token(&fixture, &ada, &[]).await.body, ADA);
}

/// CS03: ids of sessions appear in lists and logs, so a cookie that only names a session must not
/// be enough to get its token. Here the cookie is one from before the user reauthenticated.
#[tokio::test]
async fn an_invalid_cookie_gets_no_csrf_token_of_the_session_it_names() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let headers = [
        JSON,
        ("cookie", &*ada.cookie),
        ("x-csrf-token", &*ada.token),
    ];
    let body = r#"{"password":"exemplary"}"#;
    let reauthenticated = fixture
        .post("/sessions/current/reauthenticate", &headers, body)
        .await;
    let new = reauthenticated.cookie(COOKIE_NAME).expect("is set");
    let old = Browsing {
        token: fixture.get("/form", &ada.cookie).await.body,
        cookie: ada.cookie,
    };
    let headers = [("cookie", new), ("x-csrf-token", &*old.token)];
    let forged = fixture.post("/hello", &headers, "").await;
    forged.refused(403, "csrf_token");
    let own = fixture.get("/form", new).await.body;
    let headers = [("cookie", new), ("x-csrf-token", &*own)];
    assert_eq!(fixture.post("/hello", &headers, "").await.body, ADA);
    let again = fixture.sign_in(&old, &old.cookie, "/").await;
    assert_eq!(again.status, 303, "a signed-out user can sign in again");
}

/// CS19: addresses appear in logs and in `Referer`.
#[tokio::test]
async fn a_csrf_token_in_the_query_is_ignored() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let path = format!("/hello?csrf_token={0}&x-csrf-token={0}", ada.token);
    let headers = [FORM, ("cookie", &*ada.cookie)];
    fixture
        .post(&path, &headers, "")
        .await
        .refused(403, "csrf_token");
}

/// CS11, CS12; Fetch Metadata, section 2.3.
#[tokio::test]
async fn sec_fetch_site_and_the_token_must_both_allow_a_request() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    for site in ["same-site", "cross-site"] {
        let answer = change_with_token(&fixture, &ada, &[("sec-fetch-site", site)]).await;
        answer.refused(403, "foreign_page");
        let ours = [
            ("sec-fetch-site", site),
            ("referer", "https://app.example/form"),
        ];
        let answer = change_with_token(&fixture, &ada, &ours).await;
        answer.refused(403, "foreign_page");
    }
    for site in ["same-origin", "none", "foo", ""] {
        let answer = change_with_token(&fixture, &ada, &[("sec-fetch-site", site)]).await;
        assert_eq!(answer.body, ADA, "{site}");
        let answer = change(&fixture, &ada, &[("sec-fetch-site", site)]).await;
        answer.refused(403, "csrf_token");
    }
    // With `same-origin`: a foreign host name that resolves to this server (DNS rebinding).
    for site in ["same-origin", "none", "foo", ""] {
        let evil = [("sec-fetch-site", site), ("origin", "https://evil.example")];
        let answer = change_with_token(&fixture, &ada, &evil).await;
        answer.refused(403, "foreign_page");
    }
    for site in ["none", "cross-site"] {
        let headers = [("cookie", &*ada.cookie), ("sec-fetch-site", site)];
        let answer = fixture.send(Method::GET, "/hello", &headers, "").await;
        assert_eq!(answer.body, ADA, "a link on another site");
    }
}

/// CS13, CS14
#[tokio::test]
async fn without_sec_fetch_site_the_origin_decides_and_without_it_the_referer() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    for origin in [
        "null",
        "",
        "https://evil.example",
        "https://app.example:444",
        "http://app.example",
        "https://app.example.evil.org",
        "https://evil-app.example",
        "https://app.example, https://evil.example",
    ] {
        let headers = [("origin", origin), ("referer", "https://app.example/form")];
        let answer = change_with_token(&fixture, &ada, &headers).await;
        answer.refused(403, "foreign_page");
    }
    for referer in [
        "https://evil.example/https://app.example/",
        "https://app.example.evil.org/",
        "https://app.example@evil.example/",
        "http://app.example/",
        "about:blank",
        "",
    ] {
        let answer = change_with_token(&fixture, &ada, &[("referer", referer)]).await;
        answer.refused(403, "foreign_page");
    }
    let twice = [("origin", BASE_URL), ("origin", "https://evil.example")];
    let answer = change_with_token(&fixture, &ada, &twice).await;
    answer.refused(403, "foreign_page");
    for headers in [
        &[("origin", "https://app.example")][..],
        &[("origin", "https://APP.EXAMPLE")],
        &[("referer", "https://app.example/form")],
        &[("referer", "https://app.example")],
        &[],
    ] {
        let answer = change_with_token(&fixture, &ada, headers).await;
        assert_eq!(answer.body, ADA, "{headers:?}");
        let answer = change(&fixture, &ada, headers).await;
        answer.refused(403, "csrf_token");
    }
}

#[tokio::test]
async fn an_allowed_origin_counts_as_ours_and_still_needs_the_token() {
    let friend: WebOrigin = "https://friend.example".parse().expect("is an origin");
    let fixture = Fixture::with(BASE_URL, |layer| layer.allow_origins([friend])).await;
    let ada = fixture.browsing(ADA).await;
    let from = |origin| [("sec-fetch-site", "same-site"), ("origin", origin)];
    let answer = change_with_token(&fixture, &ada, &from("https://friend.example")).await;
    assert_eq!(answer.body, ADA);
    let answer = change(&fixture, &ada, &from("https://friend.example")).await;
    answer.refused(403, "csrf_token");
    for other in [
        "https://evil.example",
        "https://friend.example.evil.org",
        "null",
    ] {
        let answer = change_with_token(&fixture, &ada, &from(other)).await;
        answer.refused(403, "foreign_page");
    }
}

/// CS16: the token in the header decides, and a cookie never replaces a bad one.
#[tokio::test]
async fn a_bad_bearer_token_is_refused_even_beside_a_valid_cookie() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let eve = fixture.open(EVE, Wanted::DATABASE).await;
    let bearer = format!("Bearer {}", eve.access_token.expose());
    let answer = change(&fixture, &ada, &[("authorization", &bearer)]).await;
    assert_eq!(answer.body, EVE);
    let answer = change_with_token(&fixture, &ada, &[("authorization", "Bearer bad")]).await;
    answer.refused(401, "invalid_token");
    let answer = change_with_token(&fixture, &ada, &[("authorization", "Basic eDp5")]).await;
    answer.refused(401, "not_authenticated");
}

/// CS08: another site's form can send `text/plain` without a preflight; our pages never do.
#[tokio::test]
async fn json_sent_as_text_plain_is_refused() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let body = r#"{"password":"exemplary"}"#;
    let text = ("content-type", "text/plain");
    let headers = [text, ("cookie", &*ada.cookie)];
    let path = "/sessions/current/reauthenticate";
    fixture
        .post(path, &headers, body)
        .await
        .refused(403, "csrf_token");
    let headers = [
        text,
        ("cookie", &*ada.cookie),
        ("x-csrf-token", &*ada.token),
    ];
    let answer = fixture.post(path, &headers, body).await;
    answer.refused(415, "unsupported_media_type");
}

#[tokio::test]
async fn a_csrf_token_in_either_type_of_form_is_accepted_and_the_body_is_passed_on() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let token = &ada.token;
    let multipart = ("content-type", "multipart/form-data; boundary=B");
    let part = |name: &str, value: &str| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let parts = |token: &str| format!("{}{}--B--\r\n", part("a", "1"), part("csrf_token", token));
    let good = [
        (FORM, format!("a=1&csrf_token={token}&b=2")),
        (FORM, format!("csrf%5Ftoken={token}")),
        (multipart, parts(token)),
    ];
    for (mime, body) in good {
        let headers = [mime, ("cookie", &*ada.cookie)];
        let answer = fixture.post("/echo", &headers, &body).await;
        assert_eq!((answer.status, &answer.body), (200, &body));
    }
    let bad = [
        (FORM, "a=1".to_owned()),
        (FORM, format!("CSRF_TOKEN={token}")),
        (FORM, "csrf_token=".to_owned()),
        (multipart, parts("x")),
        (JSON, format!("{{\"csrf_token\":\"{token}\"}}")),
    ];
    for (mime, body) in bad {
        let headers = [mime, ("cookie", &*ada.cookie)];
        let answer = fixture.post("/echo", &headers, &body).await;
        answer.refused(403, "csrf_token");
    }
    // If the header is present it decides, whether its token is good or bad.
    let headers = [FORM, ("cookie", &*ada.cookie), ("x-csrf-token", "x")];
    let body = format!("csrf_token={token}");
    fixture
        .post("/echo", &headers, &body)
        .await
        .refused(403, "csrf_token");
    let headers = [FORM, ("cookie", &*ada.cookie)];
    let twice = format!("csrf_token={token}&csrf_token={token}");
    fixture
        .post("/echo", &headers, &twice)
        .await
        .refused(400, "invalid_request");
    let large = format!("csrf_token={token}&a={}", "x".repeat(crate::MAX_BODY));
    fixture
        .post("/echo", &headers, &large)
        .await
        .refused(413, "too_large");
}

/// CK10, CS18: another site's page can neither sign a user in nor sign one out.
#[tokio::test]
async fn a_sign_in_or_sign_out_from_another_sites_page_is_refused() {
    let fixture = Fixture::new().await;
    let visit = fixture.visiting().await;
    let eves = fixture.visiting().await;
    let form =
        |token: &str| format!("email=ada%40example.com&password=exemplary&csrf_token={token}");
    let sign_in = async |cookies: &str, token: &str, headers: &[(&str, &str)]| {
        let mut all = vec![FORM, ("cookie", cookies)];
        all.extend(headers);
        fixture.post("/sign-in", &all, &form(token)).await
    };
    sign_in("", "", &[]).await.refused(403, "csrf_token");
    sign_in("", &eves.token, &[])
        .await
        .refused(403, "csrf_token");
    sign_in(&visit.cookie, &eves.token, &[])
        .await
        .refused(403, "csrf_token");
    sign_in(&visit.cookie, "", &[])
        .await
        .refused(403, "csrf_token");
    for headers in [
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "https://evil.example")],
        [("origin", "null")],
    ] {
        // Also for an attacker who can write our cookies and knows a matching pair.
        let answer = sign_in(&eves.cookie, &eves.token, &headers).await;
        answer.refused(403, "foreign_page");
    }
    // With a foreign host name that resolves to this server (DNS rebinding), pages claim the same
    // origin.
    for origin in ["http://evil.example", "null"] {
        let claimed = [("sec-fetch-site", "same-origin"), ("origin", origin)];
        let answer = sign_in(&eves.cookie, &eves.token, &claimed).await;
        answer.refused(403, "foreign_page");
    }
    // A cookie that this server did not make is ignored.
    let own = format!("{FORM_COOKIE}=x");
    let token = fixture.guestlist.form_token(FormOf::Visitor("x"));
    sign_in(&own, &token, &[]).await.refused(403, "csrf_token");
    // A browser can send `Basic` credentials by itself, so they do not replace the token.
    let basic = [("authorization", "Basic eDp5")];
    sign_in(&visit.cookie, "", &basic)
        .await
        .refused(403, "csrf_token");
    assert_eq!(sign_in(&visit.cookie, &visit.token, &[]).await.status, 303);

    let ada = fixture.browsing(ADA).await;
    let headers = [FORM, ("cookie", &*ada.cookie)];
    fixture
        .post("/sign-out", &headers, "")
        .await
        .refused(403, "csrf_token");
    let headers = [
        FORM,
        ("cookie", &*ada.cookie),
        ("sec-fetch-site", "cross-site"),
    ];
    let body = format!("csrf_token={}", ada.token);
    fixture
        .post("/sign-out", &headers, &body)
        .await
        .refused(403, "foreign_page");
    assert!(fixture.opens(&ada.cookie).await, "is still signed in");
}

/// A request with a bearer token is not handled by the layer, and handlers for browsers say so.
#[tokio::test]
async fn a_request_with_a_bearer_token_to_a_page_is_told_that_it_is_for_browsers() {
    let fixture = Fixture::new().await;
    let held = fixture.open(ADA, Wanted::DATABASE).await;
    let bearer = format!("bearer {}", held.access_token.expose());
    let headers = [FORM, ("authorization", &*bearer)];
    for (method, path) in [(Method::GET, "/form"), (Method::POST, "/sign-in")] {
        let answer = fixture
            .send(method, path, &headers, "email=a&password=b")
            .await;
        answer.refused(400, "for_browsers");
    }
    let answer = fixture.post("/sign-out", &headers, "").await;
    answer.refused(400, "for_browsers");
    assert_eq!(fixture.post("/hello", &headers, "").await.body, ADA);
}

/// A handler that forgets to ask for an [`OwnForm`] fails in its first test, and sets no cookie.
#[tokio::test]
async fn an_unchecked_request_sets_no_session_cookie() {
    let fixture = Fixture::new().await;
    let answer = fixture.post("/unguarded-sign-in", &[], "").await;
    answer.refused(500, "internal");
    assert_eq!(answer.all("location"), [""; 0]);
}

/// CS04, the other way round: a form from before the sign-in is out of date after it.
#[tokio::test]
async fn forms_from_before_a_sign_in_are_refused_after_it() {
    let fixture = Fixture::new().await;
    let visit = fixture.visiting().await;
    let answer = fixture.sign_in(&visit, &visit.cookie, "/").await;
    let cookie = answer.cookie(COOKIE_NAME).expect("is set");
    let both = format!("{cookie}; {}", visit.cookie);
    let again = fixture.sign_in(&visit, &both, "/").await;
    again.refused(403, "csrf_token");
    let page = fixture.get("/form", &both).await;
    assert_eq!(
        page.all(SET_COOKIE),
        [""; 0],
        "a session needs no form cookie"
    );
    let headers = [("cookie", &*both), ("x-csrf-token", &*page.body)];
    assert_eq!(fixture.post("/hello", &headers, "").await.body, ADA);
}

/// RD01, RD02, RD03, RD05; RFC 9700, sections 4.11 and 4.12.
#[tokio::test]
async fn a_sign_in_redirects_with_303_to_a_local_path_or_to_the_start_page() {
    let fixture = Fixture::new().await;
    for (next, expected) in [
        ("/ok/path?x=1#f", "/ok/path?x=1#f"),
        ("", "/"),
        ("//evil.example", "/"),
        ("///evil", "/"),
        ("/\\evil", "/"),
        ("/%2F/evil", "/"),
        ("/%5Cevil", "/"),
        ("https:evil", "/"),
        ("http://app.example@evil", "/"),
        ("https://app.example.evil.org", "/"),
        ("javascript:alert(1)", "/"),
        ("%0d%0aSet-Cookie:x=1", "/"),
        ("/\r\nSet-Cookie:x=1", "/"),
    ] {
        let visit = fixture.visiting().await;
        let answer = fixture.sign_in(&visit, &visit.cookie, next).await;
        assert_eq!(answer.status, 303, "{next}");
        assert_eq!(answer.all("location"), [expected], "{next}");
        assert_eq!(answer.all(SET_COOKIE).len(), 2, "{next}");
    }
}
