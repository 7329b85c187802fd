//! Requests that somebody else's page makes a browser send.

use super::*;
use crate::WebOrigin;

/// A request to change something, with Ada's cookie and those headers.
async fn change(scene: &Scene, ada: &Browsing, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("cookie", &*ada.cookie)];
    all.extend(headers);
    scene.post("/hello", &all, "").await
}

/// The same with the right token.
async fn change_with_token(scene: &Scene, ada: &Browsing, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("x-csrf-token", &*ada.token)];
    all.extend(headers);
    change(scene, ada, &all).await
}

/// CS01, for every method that changes something; CS15; CS17.
#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let eve = scene.open(EVE, Wanted::DATABASE).await;
    let bearer = format!("Bearer {}", eve.access_token.expose());
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let method: Method = method.parse().expect("is a method");
        let cookie = ("cookie", &*ada.cookie);
        let answer = scene.send(method.clone(), "/hello", &[cookie], "").await;
        answer.refused(403, "csrf_token");
        let same = [
            cookie,
            ("sec-fetch-site", "same-origin"),
            ("origin", BASE_URL),
        ];
        let answer = scene.send(method.clone(), "/hello", &same, "").await;
        answer.refused(403, "csrf_token");
        let token = [cookie, ("x-csrf-token", &*ada.token)];
        let answer = scene.send(method.clone(), "/hello", &token, "").await;
        assert_eq!(answer.body, ADA);
        let bearer = [("authorization", &*bearer)];
        let answer = scene.send(method, "/hello", &bearer, "").await;
        assert_eq!(
            answer.body, EVE,
            "a token in a header is nobody's by accident"
        );
    }
    assert_eq!(scene.get("/hello", &ada.cookie).await.body, ADA);
}

/// CS02, CS03, CS04, CK12
#[tokio::test]
async fn a_token_of_another_session_or_of_before_the_sign_in_is_none() {
    let scene = Scene::new().await;
    let [ada, eve] = [scene.browsing(ADA).await, scene.browsing(EVE).await];
    let others = scene.browsing(ADA).await;
    let visit = scene.visiting().await;
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
        let answer = change(&scene, &ada, &[("x-csrf-token", bad)]).await;
        answer.refused(403, "csrf_token");
    }
    // Also with the cookie beside it to which it is bound, as whoever can write cookies puts it there.
    let both = format!("{}; {}", ada.cookie, visit.cookie);
    let headers = [("cookie", &*both), ("x-csrf-token", &*visit.token)];
    scene
        .post("/hello", &headers, "")
        .await
        .refused(403, "csrf_token");
    let twice = [("x-csrf-token", &*ada.token), ("x-csrf-token", &*ada.token)];
    change(&scene, &ada, &twice)
        .await
        .refused(403, "csrf_token");
    assert_eq!(change_with_token(&scene, &ada, &[]).await.body, ADA);
}

/// CS03: the id of a session stands in lists and logs, and so naming it must not be enough for a token.
/// Here somebody names it who had the cookie before the password was proven again.
#[tokio::test]
async fn a_cookie_that_opens_nothing_gets_no_token_of_the_session_it_names() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let headers = [
        JSON,
        ("cookie", &*ada.cookie),
        ("x-csrf-token", &*ada.token),
    ];
    let proof = r#"{"password":"exemplary"}"#;
    let proven = scene.post("/sessions/current/proof", &headers, proof).await;
    let new = proven.cookie(COOKIE_NAME).expect("is set");
    let old = Browsing {
        token: scene.get("/form", &ada.cookie).await.body,
        cookie: ada.cookie,
    };
    let headers = [("cookie", new), ("x-csrf-token", &*old.token)];
    let forged = scene.post("/hello", &headers, "").await;
    forged.refused(403, "csrf_token");
    let own = scene.get("/form", new).await.body;
    let headers = [("cookie", new), ("x-csrf-token", &*own)];
    assert_eq!(scene.post("/hello", &headers, "").await.body, ADA);
    let again = scene.sign_in(&old, &old.cookie, "/").await;
    assert_eq!(again.status, 303, "who has been signed out signs in again");
}

/// CS19: addresses stand in logs and in `Referer`.
#[tokio::test]
async fn a_token_in_the_address_is_not_looked_at() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let path = format!("/hello?csrf_token={0}&x-csrf-token={0}", ada.token);
    let headers = [FORM, ("cookie", &*ada.cookie)];
    scene
        .post(&path, &headers, "")
        .await
        .refused(403, "csrf_token");
}

/// CS11, CS12; Fetch Metadata, section 2.3.
#[tokio::test]
async fn what_the_browser_says_of_the_page_decides_beside_the_token() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    for site in ["same-site", "cross-site"] {
        let answer = change_with_token(&scene, &ada, &[("sec-fetch-site", site)]).await;
        answer.refused(403, "foreign_page");
        let ours = [
            ("sec-fetch-site", site),
            ("referer", "https://app.example/form"),
        ];
        let answer = change_with_token(&scene, &ada, &ours).await;
        answer.refused(403, "foreign_page");
    }
    for site in ["same-origin", "none", "foo", ""] {
        let answer = change_with_token(&scene, &ada, &[("sec-fetch-site", site)]).await;
        assert_eq!(answer.body, ADA, "{site}");
        let answer = change(&scene, &ada, &[("sec-fetch-site", site)]).await;
        answer.refused(403, "csrf_token");
    }
    // With `same-origin` beside it: a foreign name that leads to this server (DNS rebinding).
    for site in ["same-origin", "none", "foo", ""] {
        let evil = [("sec-fetch-site", site), ("origin", "https://evil.example")];
        let answer = change_with_token(&scene, &ada, &evil).await;
        answer.refused(403, "foreign_page");
    }
    for site in ["none", "cross-site"] {
        let headers = [("cookie", &*ada.cookie), ("sec-fetch-site", site)];
        let answer = scene.send(Method::GET, "/hello", &headers, "").await;
        assert_eq!(answer.body, ADA, "a link from elsewhere");
    }
}

/// CS13, CS14
#[tokio::test]
async fn without_fetch_metadata_the_origin_decides_and_without_that_the_referer() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
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
        let answer = change_with_token(&scene, &ada, &headers).await;
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
        let answer = change_with_token(&scene, &ada, &[("referer", referer)]).await;
        answer.refused(403, "foreign_page");
    }
    let twice = [("origin", BASE_URL), ("origin", "https://evil.example")];
    let answer = change_with_token(&scene, &ada, &twice).await;
    answer.refused(403, "foreign_page");
    for headers in [
        &[("origin", "https://app.example")][..],
        &[("origin", "https://APP.EXAMPLE")],
        &[("referer", "https://app.example/form")],
        &[("referer", "https://app.example")],
        &[],
    ] {
        let answer = change_with_token(&scene, &ada, headers).await;
        assert_eq!(answer.body, ADA, "{headers:?}");
        let answer = change(&scene, &ada, headers).await;
        answer.refused(403, "csrf_token");
    }
}

#[tokio::test]
async fn a_listed_origin_counts_as_ours_and_needs_the_token_as_well() {
    let friend: WebOrigin = "https://friend.example".parse().expect("is an origin");
    let scene = Scene::settled(BASE_URL, |door| door.allow_origins([friend])).await;
    let ada = scene.browsing(ADA).await;
    let from = |origin| [("sec-fetch-site", "same-site"), ("origin", origin)];
    let answer = change_with_token(&scene, &ada, &from("https://friend.example")).await;
    assert_eq!(answer.body, ADA);
    let answer = change(&scene, &ada, &from("https://friend.example")).await;
    answer.refused(403, "csrf_token");
    for other in [
        "https://evil.example",
        "https://friend.example.evil.org",
        "null",
    ] {
        let answer = change_with_token(&scene, &ada, &from(other)).await;
        answer.refused(403, "foreign_page");
    }
}

/// CS16: it is the header's token that counts, and no cookie helps one out that is bad.
#[tokio::test]
async fn a_bad_token_beside_a_cookie_is_never_silently_the_cookie() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let eve = scene.open(EVE, Wanted::DATABASE).await;
    let bearer = format!("Bearer {}", eve.access_token.expose());
    let answer = change(&scene, &ada, &[("authorization", &bearer)]).await;
    assert_eq!(answer.body, EVE);
    let answer = change_with_token(&scene, &ada, &[("authorization", "Bearer bad")]).await;
    answer.refused(401, "invalid_token");
    let answer = change_with_token(&scene, &ada, &[("authorization", "Basic eDp5")]).await;
    answer.refused(401, "not_authenticated");
}

/// CS08: a form of somebody else's can send that without asking; ours never do.
#[tokio::test]
async fn json_that_calls_itself_text_is_no_json() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let proof = r#"{"password":"exemplary"}"#;
    let text = ("content-type", "text/plain");
    let headers = [text, ("cookie", &*ada.cookie)];
    let path = "/sessions/current/proof";
    scene
        .post(path, &headers, proof)
        .await
        .refused(403, "csrf_token");
    let headers = [
        text,
        ("cookie", &*ada.cookie),
        ("x-csrf-token", &*ada.token),
    ];
    let answer = scene.post(path, &headers, proof).await;
    answer.refused(415, "unsupported_media_type");
}

#[tokio::test]
async fn the_token_may_stand_in_a_form_of_either_type_which_is_passed_on_whole() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
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
        let answer = scene.post("/echo", &headers, &body).await;
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
        let answer = scene.post("/echo", &headers, &body).await;
        answer.refused(403, "csrf_token");
    }
    // A header that is there decides, good or bad.
    let headers = [FORM, ("cookie", &*ada.cookie), ("x-csrf-token", "x")];
    let body = format!("csrf_token={token}");
    scene
        .post("/echo", &headers, &body)
        .await
        .refused(403, "csrf_token");
    let headers = [FORM, ("cookie", &*ada.cookie)];
    let twice = format!("csrf_token={token}&csrf_token={token}");
    scene
        .post("/echo", &headers, &twice)
        .await
        .refused(400, "invalid_request");
    let large = format!("csrf_token={token}&a={}", "x".repeat(crate::MAX_BODY));
    scene
        .post("/echo", &headers, &large)
        .await
        .refused(413, "too_large");
}

/// CK10, CS18: nobody is signed in by a page of somebody else's, and nobody signed out.
#[tokio::test]
async fn a_sign_in_and_a_sign_out_from_elsewhere_are_refused() {
    let scene = Scene::new().await;
    let visit = scene.visiting().await;
    let eves = scene.visiting().await;
    let form =
        |token: &str| format!("email=ada%40example.com&password=exemplary&csrf_token={token}");
    let sign_in = async |cookies: &str, token: &str, headers: &[(&str, &str)]| {
        let mut all = vec![FORM, ("cookie", cookies)];
        all.extend(headers);
        scene.post("/sign-in", &all, &form(token)).await
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
        // Also by somebody who could write our cookies and knows a pair that fits.
        let answer = sign_in(&eves.cookie, &eves.token, &headers).await;
        answer.refused(403, "foreign_page");
    }
    // A foreign name that leads to this server makes its pages claim the same origin (DNS rebinding).
    for origin in ["http://evil.example", "null"] {
        let claimed = [("sec-fetch-site", "same-origin"), ("origin", origin)];
        let answer = sign_in(&eves.cookie, &eves.token, &claimed).await;
        answer.refused(403, "foreign_page");
    }
    // A cookie that was not made here binds nothing.
    let own = format!("{FORM_COOKIE}=x");
    let token = scene.guestlist.form_token(FormOf::Visitor("x"));
    sign_in(&own, &token, &[]).await.refused(403, "csrf_token");
    // A browser that sends `Authorization` by itself is no proof of anything either.
    let basic = [("authorization", "Basic eDp5")];
    sign_in(&visit.cookie, "", &basic)
        .await
        .refused(403, "csrf_token");
    assert_eq!(sign_in(&visit.cookie, &visit.token, &[]).await.status, 303);

    let ada = scene.browsing(ADA).await;
    let headers = [FORM, ("cookie", &*ada.cookie)];
    scene
        .post("/sign-out", &headers, "")
        .await
        .refused(403, "csrf_token");
    let headers = [
        FORM,
        ("cookie", &*ada.cookie),
        ("sec-fetch-site", "cross-site"),
    ];
    let body = format!("csrf_token={}", ada.token);
    scene
        .post("/sign-out", &headers, &body)
        .await
        .refused(403, "foreign_page");
    assert!(scene.opens(&ada.cookie).await, "is still signed in");
}

/// Whoever sends a token passes by the door, and what is for browsers says so.
#[tokio::test]
async fn a_program_with_a_token_is_told_that_a_page_is_for_browsers() {
    let scene = Scene::new().await;
    let held = scene.open(ADA, Wanted::DATABASE).await;
    let bearer = format!("bearer {}", held.access_token.expose());
    let headers = [FORM, ("authorization", &*bearer)];
    for (method, path) in [(Method::GET, "/form"), (Method::POST, "/sign-in")] {
        let answer = scene
            .send(method, path, &headers, "email=a&password=b")
            .await;
        answer.refused(400, "for_browsers");
    }
    let answer = scene.post("/sign-out", &headers, "").await;
    answer.refused(400, "for_browsers");
    assert_eq!(scene.post("/hello", &headers, "").await.body, ADA);
}

/// A handler that forgets to ask for a form of ours shows in its first test, and hands out nothing.
#[tokio::test]
async fn no_cookie_is_set_by_a_request_that_nobody_checked() {
    let scene = Scene::new().await;
    let answer = scene.post("/unguarded-sign-in", &[], "").await;
    answer.refused(500, "internal");
    assert_eq!(answer.all("location"), [""; 0]);
}

/// CS04, the other way round: the form of before the sign-in is out of date after it.
#[tokio::test]
async fn the_forms_of_before_a_sign_in_are_out_of_date_after_it() {
    let scene = Scene::new().await;
    let visit = scene.visiting().await;
    let answer = scene.sign_in(&visit, &visit.cookie, "/").await;
    let cookie = answer.cookie(COOKIE_NAME).expect("is set");
    let both = format!("{cookie}; {}", visit.cookie);
    let again = scene.sign_in(&visit, &both, "/").await;
    again.refused(403, "csrf_token");
    let page = scene.get("/form", &both).await;
    assert_eq!(page.all(SET_COOKIE), [""; 0], "a session needs no other");
    let headers = [("cookie", &*both), ("x-csrf-token", &*page.body)];
    assert_eq!(scene.post("/hello", &headers, "").await.body, ADA);
}

/// RD01, RD02, RD03, RD05; RFC 9700, sections 4.11 and 4.12.
#[tokio::test]
async fn a_sign_in_leads_to_a_path_of_ours_by_303_or_home() {
    let scene = Scene::new().await;
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
        let visit = scene.visiting().await;
        let answer = scene.sign_in(&visit, &visit.cookie, next).await;
        assert_eq!(answer.status, 303, "{next}");
        assert_eq!(answer.all("location"), [expected], "{next}");
        assert_eq!(answer.all(SET_COOKIE).len(), 1, "{next}");
    }
}
