//! How cookies are read and set.

use super::*;

/// Returns the value of a valid session cookie.
async fn value(fixture: &Fixture) -> String {
    let cookie = fixture.browsing(ADA).await.cookie;
    assert!(fixture.opens(&cookie).await);
    cookie.split_once('=').expect("has a value").1.to_owned()
}

/// CK02: browsers compare prefixes without case, so a name in another case has no prefix.
#[tokio::test]
async fn a_cookie_name_is_compared_exactly() {
    let fixture = Fixture::new().await;
    let value = value(&fixture).await;
    for name in [
        "__host-guestlist",
        "__HOST-GUESTLIST",
        "__Host-Guestlist",
        "guestlist",
        "__Secure-guestlist",
        "%5F%5FHost-guestlist",
        "__Host-guestlist-form",
        "\"__Host-guestlist\"",
        "__Host-guestlist\"",
        "$__Host-guestlist",
    ] {
        let answer = fixture.get("/hello", &format!("{name}={value}")).await;
        answer.refused(401, "not_authenticated");
    }
    for line in [
        format!("a=b; {COOKIE_NAME}={value}; c=d"),
        format!("a=b;{COOKIE_NAME}={value};"),
        format!("; ;=x; x ;{COOKIE_NAME}={value}"),
    ] {
        assert!(fixture.opens(&line).await, "{line}");
    }
}

/// CK03
#[tokio::test]
async fn a_cookie_without_a_name_or_a_value_is_ignored() {
    let fixture = Fixture::new().await;
    let value = value(&fixture).await;
    for line in [
        format!("={COOKIE_NAME}={value}"),
        format!("=;{COOKIE_NAME}"),
        COOKIE_NAME.to_owned(),
        value.clone(),
        format!("={value}"),
    ] {
        fixture
            .get("/hello", &line)
            .await
            .refused(401, "not_authenticated");
    }
}

/// CK04, RFC 8725, section 3.12: a value in any other spelling, and a token of another kind.
#[tokio::test]
async fn a_cookie_value_is_compared_exactly() {
    let fixture = Fixture::new().await;
    let value = value(&fixture).await;
    let [access, jwt] = [
        fixture.open(ADA, Wanted::DATABASE).await,
        fixture.open(ADA, Wanted::JWT).await,
    ];
    for bad in [
        "",
        "x",
        "é",
        &format!("\"{value}\""),
        &format!("{value},"),
        &format!("{value}\\"),
        &format!("{value}=",),
        &value[1..],
        &value.to_uppercase(),
        &value.replace("glc_", "gla_"),
        access.access_token.expose(),
        jwt.access_token.expose(),
    ] {
        let answer = fixture.get("/hello", &format!("{COOKIE_NAME}={bad}")).await;
        answer.refused(401, "invalid_token");
    }
    let bytes = [b"__Host-guestlist=\xff\xfe", value.as_bytes()].concat();
    let request = Request::get("/hello").header(COOKIE, bytes);
    let answer = fixture.answer(request.body(Body::empty()).expect("is a request"));
    answer.await.refused(401, "invalid_token");
}

/// CK12, RFC 6265bis, section 8.6: an attacker who can write cookies for this host adds one of
/// their own.
#[tokio::test]
async fn two_cookies_of_the_same_name_are_both_refused() {
    let fixture = Fixture::new().await;
    let [ada, eve] = [fixture.browsing(ADA).await, fixture.browsing(EVE).await];
    for (one, two) in [(&ada, &eve), (&eve, &ada), (&ada, &ada)] {
        let line = format!("{}; {}", one.cookie, two.cookie);
        fixture
            .get("/hello", &line)
            .await
            .refused(401, "invalid_token");
        let headers = [("cookie", &*one.cookie), ("cookie", &*two.cookie)];
        let answer = fixture.send(Method::GET, "/hello", &headers, "").await;
        answer.refused(401, "invalid_token");
    }
    let headers = [("cookie", "a=b"), ("cookie", &*ada.cookie)];
    let answer = fixture.send(Method::GET, "/hello", &headers, "").await;
    assert_eq!(answer.body, ADA, "HTTP/2 may split the header");
}

/// CK05
#[tokio::test]
async fn more_cookies_than_any_browser_sends_are_refused() {
    let fixture = Fixture::new().await;
    let cookie = fixture.browsing(ADA).await.cookie;
    let with = |others: &str| format!("{cookie}; {others}");
    let large = format!("a={}", "x".repeat(8 * 1024));
    let many = "a=b;".repeat(1000);
    for line in [with(&large), with(&many)] {
        fixture
            .get("/hello", &line)
            .await
            .refused(431, "too_many_cookies");
    }
    let room = format!("a={}", "x".repeat(7 * 1024));
    assert!(fixture.opens(&with(&room)).await);
    assert!(fixture.opens(&with(&"a=b;".repeat(150))).await);
}

/// RFC 6265bis, section 4.1.3; OWASP ASVS 5.0, 3.3.1 to 3.3.5; NIST SP 800-63B-4, 5.1.1.
#[tokio::test]
async fn a_sign_in_sets_a_host_only_secure_cookie_that_no_script_reads() {
    let fixture = Fixture::new().await;
    let visit = fixture.visiting().await;
    let answer = fixture.sign_in(&visit, &visit.cookie, "/").await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let header = answer.set_cookie(COOKIE_NAME).expect("is set");
    let (pair, attributes) = header.split_once("; ").expect("has attributes");
    let month = 30 * 24 * 60 * 60;
    let expected = format!("Path=/; Max-Age={month}; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(attributes, expected);
    assert!(pair.len() <= 4096);
    let (_, value) = pair.split_once('=').expect("has a value");
    assert!(value.starts_with("glc_") && !answer.body.contains("glc_"));
    assert_eq!(answer.all("cache-control"), ["no-store"]);
    let device = answer.set_cookie("__Host-guestlist-device");
    let (device, attributes) = device
        .and_then(|header| header.split_once("; "))
        .expect("remembers the device");
    let year = 365 * 24 * 60 * 60;
    let expected = format!("Path=/; Max-Age={year}; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(attributes, expected);
    assert_eq!(answer.all(SET_COOKIE).len(), 2);
    assert!(fixture.opens(pair).await);
    assert!(
        fixture.get("/hello", device).await.status == 401,
        "it opens nothing"
    );
    let form = fixture.send(Method::GET, "/form", &[], "").await;
    let header = form.set_cookie(FORM_COOKIE).expect("is set");
    assert!(
        header.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{header}"
    );
    assert_eq!(form.all("cache-control"), ["no-store"]);
}

/// OWASP ASVS 5.0, 14.3.2: also if the handler does not set the header itself.
#[tokio::test]
async fn an_answer_to_a_request_with_a_session_cookie_is_not_cached() {
    let fixture = Fixture::new().await;
    let cookie = fixture.browsing(ADA).await.cookie;
    for path in ["/hello", "/maybe"] {
        let answer = fixture.get(path, &cookie).await;
        assert_eq!(answer.all("cache-control"), ["no-store"], "{path}");
    }
    let strangers = fixture.get("/maybe", "a=b").await;
    assert!(strangers.all("cache-control").is_empty(), "{strangers:?}");
}

#[tokio::test]
async fn over_http_on_a_loopback_address_the_cookies_have_no_prefix() {
    for base_url in [
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]:80",
    ] {
        let fixture = Fixture::with(base_url, |layer| layer).await;
        let page = fixture.send(Method::GET, "/form", &[], "").await;
        let visit = Browsing {
            cookie: page.cookie("guestlist-form").expect("is set").to_owned(),
            token: page.body.clone(),
        };
        let answer = fixture.sign_in(&visit, &visit.cookie, "/").await;
        let header = answer.set_cookie("guestlist").expect("is set");
        assert!(header.ends_with("; HttpOnly; SameSite=Lax"), "{header}");
        assert!(
            fixture
                .opens(answer.cookie("guestlist").expect("is set"))
                .await
        );
    }
}

/// CK06: no browser would keep the cookie, and users would not know why they are not signed in.
#[tokio::test]
async fn over_http_to_another_machine_a_sign_in_is_refused_unless_a_setting_allows_it() {
    let base_url = "http://192.168.0.7:8080";
    let fixture = Fixture::with(base_url, |layer| layer).await;
    let visit = fixture.visiting().await;
    let answer = fixture.sign_in(&visit, &visit.cookie, "/").await;
    answer.refused(403, "needs_https");
    let fixture = Fixture::with(base_url, |layer| layer.secure_cookies(false)).await;
    let page = fixture.send(Method::GET, "/form", &[], "").await;
    let visit = Browsing {
        cookie: page.cookie("guestlist-form").expect("is set").to_owned(),
        token: page.body.clone(),
    };
    let answer = fixture.sign_in(&visit, &visit.cookie, "/").await;
    assert!(answer.cookie("guestlist").is_some(), "{answer:?}");
}

/// CK08: if the attributes differ, a browser keeps the old cookie.
#[tokio::test]
async fn a_sign_out_deletes_the_cookie_and_ends_the_session() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let headers = [FORM, ("cookie", &*ada.cookie)];
    let form = format!("csrf_token={}", ada.token);
    let answer = fixture.post("/sign-out", &headers, &form).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let expected = "__Host-guestlist=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure";
    assert_eq!(answer.all(SET_COOKIE), [expected]);
    assert!(!fixture.opens(&ada.cookie).await);
    let headers = [("cookie", &*ada.cookie), ("x-csrf-token", &*ada.token)];
    let other = fixture.browsing(ADA).await;
    let at_the_api = [("cookie", &*other.cookie), ("x-csrf-token", &*other.token)];
    let answer = fixture
        .send(Method::DELETE, "/sessions/current", &at_the_api, "")
        .await;
    assert_eq!(
        (answer.status, answer.all(SET_COOKIE)),
        (204, vec![expected])
    );
    let late = fixture
        .send(Method::DELETE, "/sessions/current", &headers, "")
        .await;
    late.refused(401, "invalid_token");
}

/// A refusal never deletes a cookie: the answer to a late request with the old cookie must not
/// delete the new one.
#[tokio::test]
async fn an_invalid_cookie_is_refused_and_not_deleted() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    assert!(fixture.opens(&ada.cookie).await);
    let user = fixture.open(ADA, Wanted::DATABASE).await.user.id;
    fixture
        .guestlist
        .disable_user(user)
        .await
        .expect("disables");
    fixture
        .get("/hello", &ada.cookie)
        .await
        .refused(401, "invalid_token");
    let maybe = fixture.get("/maybe", &ada.cookie).await;
    assert_eq!((maybe.status, &*maybe.body), (200, "a stranger"));
    assert_eq!(maybe.all(SET_COOKIE), [""; 0]);
    let both = format!("{}; {}", ada.cookie, ada.cookie);
    assert_eq!(fixture.get("/maybe", &both).await.body, "a stranger");
}

/// CK09; OWASP ASVS 5.0, 7.2.4: an attacker who planted or stole the previous cookie gains nothing.
#[tokio::test]
async fn a_sign_in_sets_a_new_cookie_and_ends_the_previous_session() {
    let fixture = Fixture::new().await;
    let before = fixture.browsing(EVE).await;
    let answer = fixture.sign_in(&before, &before.cookie, "/").await;
    let after = answer.cookie(COOKIE_NAME).expect("is set");
    assert_ne!(after, before.cookie);
    assert!(!fixture.opens(&before.cookie).await);
    assert_eq!(fixture.get("/hello", after).await.body, ADA);
}

/// With an `Authorization` header a cookie is ignored, even if the header is invalid.
#[tokio::test]
async fn a_cookie_beside_an_authorization_header_is_ignored() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let eve = fixture.open(EVE, Wanted::DATABASE).await;
    let bearer = format!("Bearer {}", eve.access_token.expose());
    let with = async |value: &str| {
        let headers = [("cookie", &*ada.cookie), ("authorization", value)];
        fixture.send(Method::GET, "/hello", &headers, "").await
    };
    assert_eq!(with(&bearer).await.body, EVE);
    with("Bearer bad").await.refused(401, "invalid_token");
    with("Bearer").await.refused(400, "invalid_request");
    with("Basic dXNlcjpwYXNz")
        .await
        .refused(401, "not_authenticated");
    let (_, value) = ada.cookie.split_once('=').expect("has a value");
    let cookies = format!("Bearer {value}");
    with(&cookies).await.refused(401, "invalid_token");
}

/// Without the layer no route reads cookies; the same holds for paths that the layer ignores.
#[tokio::test]
async fn without_the_browser_layer_cookies_are_ignored() {
    let fixture = Fixture::new().await;
    let ada = fixture.browsing(ADA).await;
    let bare = routes().with_state(App(fixture.guestlist.clone()));
    let passing = Fixture::with(BASE_URL, |layer| layer.passes(|path| path == "/hello")).await;
    let behind_it = passing.browsing(ADA).await;
    passing
        .get("/hello", &behind_it.cookie)
        .await
        .refused(401, "not_authenticated");
    assert_eq!(passing.get("/maybe", &behind_it.cookie).await.body, ADA);
    let request = |path: &str| {
        let request = Request::get(path).header(COOKIE, &*ada.cookie);
        request.body(Body::empty()).expect("is a request")
    };
    let Ok(answer) = bare.clone().oneshot(request("/hello")).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let Ok(answer) = bare.oneshot(request("/form")).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

/// On a path without pages, a request without a cookie passes unchecked; one with a cookie is
/// checked.
#[tokio::test]
async fn a_cookie_is_checked_on_paths_without_pages_too() {
    let fixture = Fixture::with(BASE_URL, |layer| layer.pages_at(|path| path == "/form")).await;
    let ada = fixture.browsing(ADA).await;
    assert!(fixture.opens(&ada.cookie).await);
    let headers = [("cookie", &*ada.cookie)];
    let forged = fixture.post("/hello", &headers, "").await;
    forged.refused(403, "csrf_token");
    assert!(fixture.visiting().await.cookie.starts_with(FORM_COOKIE));
    let answer = fixture.send(Method::GET, "/hello", &[], "").await;
    answer.refused(401, "not_authenticated");
}

#[test]
fn an_invalid_cookie_name_or_base_url_is_refused() {
    for name in ["", "a b", "a;b", "a=b", "a\r\nb", "é"] {
        let layer = BrowserLayer::builder(guestlist(), BASE_URL).session_cookie(name);
        assert!(layer.build().is_err(), "{name}");
    }
    assert!(
        BrowserLayer::builder(guestlist(), "app.example")
            .build()
            .is_err()
    );
}
