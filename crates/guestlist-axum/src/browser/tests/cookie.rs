//! How cookies are read and set.

use super::*;

/// The value of a cookie that opens a session.
async fn value(scene: &Scene) -> String {
    let cookie = scene.browsing(ADA).await.cookie;
    assert!(scene.opens(&cookie).await);
    cookie.split_once('=').expect("has a value").1.to_owned()
}

/// CK02: browsers compare prefixes without case, and so a name in another one has no prefix.
#[tokio::test]
async fn a_name_counts_in_its_exact_spelling() {
    let scene = Scene::new().await;
    let value = value(&scene).await;
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
        let answer = scene.get("/hello", &format!("{name}={value}")).await;
        answer.refused(401, "not_authenticated");
    }
    for line in [
        format!("a=b; {COOKIE_NAME}={value}; c=d"),
        format!("a=b;{COOKIE_NAME}={value};"),
        format!("; ;=x; x ;{COOKIE_NAME}={value}"),
    ] {
        assert!(scene.opens(&line).await, "{line}");
    }
}

/// CK03
#[tokio::test]
async fn a_cookie_without_a_name_or_without_a_value_is_none() {
    let scene = Scene::new().await;
    let value = value(&scene).await;
    for line in [
        format!("={COOKIE_NAME}={value}"),
        format!("=;{COOKIE_NAME}"),
        COOKIE_NAME.to_owned(),
        value.clone(),
        format!("={value}"),
    ] {
        scene
            .get("/hello", &line)
            .await
            .refused(401, "not_authenticated");
    }
}

/// CK04, RFC 8725, section 3.12: a value in any other spelling, and a token that is for elsewhere.
#[tokio::test]
async fn a_value_counts_as_it_was_set() {
    let scene = Scene::new().await;
    let value = value(&scene).await;
    let [access, jwt] = [
        scene.open(ADA, Wanted::DATABASE).await,
        scene.open(ADA, Wanted::JWT).await,
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
        let answer = scene.get("/hello", &format!("{COOKIE_NAME}={bad}")).await;
        answer.refused(401, "invalid_token");
    }
    let bytes = [b"__Host-guestlist=\xff\xfe", value.as_bytes()].concat();
    let request = Request::get("/hello").header(COOKIE, bytes);
    let answer = scene.answer(request.body(Body::empty()).expect("is a request"));
    answer.await.refused(401, "invalid_token");
}

/// CK12, RFC 6265bis, section 8.6: whoever can write cookies for this host puts one of theirs beside ours.
#[tokio::test]
async fn of_two_cookies_of_the_name_neither_opens_anything() {
    let scene = Scene::new().await;
    let [ada, eve] = [scene.browsing(ADA).await, scene.browsing(EVE).await];
    for (one, two) in [(&ada, &eve), (&eve, &ada), (&ada, &ada)] {
        let line = format!("{}; {}", one.cookie, two.cookie);
        scene
            .get("/hello", &line)
            .await
            .refused(401, "invalid_token");
        let headers = [("cookie", &*one.cookie), ("cookie", &*two.cookie)];
        let answer = scene.send(Method::GET, "/hello", &headers, "").await;
        answer.refused(401, "invalid_token");
    }
    let headers = [("cookie", "a=b"), ("cookie", &*ada.cookie)];
    let answer = scene.send(Method::GET, "/hello", &headers, "").await;
    assert_eq!(answer.body, ADA, "as HTTP/2 may take them apart");
}

/// CK05
#[tokio::test]
async fn more_cookies_than_any_browser_sends_are_refused() {
    let scene = Scene::new().await;
    let cookie = scene.browsing(ADA).await.cookie;
    let with = |others: &str| format!("{cookie}; {others}");
    let large = format!("a={}", "x".repeat(8 * 1024));
    let many = "a=b;".repeat(1000);
    for line in [with(&large), with(&many)] {
        scene
            .get("/hello", &line)
            .await
            .refused(431, "too_many_cookies");
    }
    let room = format!("a={}", "x".repeat(7 * 1024));
    assert!(scene.opens(&with(&room)).await);
    assert!(scene.opens(&with(&"a=b;".repeat(150))).await);
}

/// RFC 6265bis, section 4.1.3; OWASP ASVS 5.0, 3.3.1 to 3.3.5; NIST SP 800-63B-4, 5.1.1.
#[tokio::test]
async fn a_sign_in_sets_a_cookie_for_this_host_and_tls_alone_which_no_script_reads() {
    let scene = Scene::new().await;
    let visit = scene.visiting().await;
    let answer = scene.sign_in(&visit, &visit.cookie, "/").await;
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
    assert_eq!(answer.all(SET_COOKIE).len(), 1);
    assert!(scene.opens(pair).await);
    let form = scene.send(Method::GET, "/form", &[], "").await;
    let header = form.set_cookie(FORM_COOKIE).expect("is set");
    assert!(
        header.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{header}"
    );
    assert_eq!(form.all("cache-control"), ["no-store"]);
}

/// OWASP ASVS 5.0, 14.3.2: also where the handler does not think of it.
#[tokio::test]
async fn what_is_answered_to_a_cookie_is_kept_by_no_cache() {
    let scene = Scene::new().await;
    let cookie = scene.browsing(ADA).await.cookie;
    for path in ["/hello", "/maybe"] {
        let answer = scene.get(path, &cookie).await;
        assert_eq!(answer.all("cache-control"), ["no-store"], "{path}");
    }
    let strangers = scene.get("/maybe", "a=b").await;
    assert!(strangers.all("cache-control").is_empty(), "{strangers:?}");
}

#[tokio::test]
async fn over_http_on_this_machine_the_cookies_go_without_prefix() {
    for base_url in [
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]:80",
    ] {
        let scene = Scene::settled(base_url, |door| door).await;
        let page = scene.send(Method::GET, "/form", &[], "").await;
        let visit = Browsing {
            cookie: page.cookie("guestlist-form").expect("is set").to_owned(),
            token: page.body.clone(),
        };
        let answer = scene.sign_in(&visit, &visit.cookie, "/").await;
        let header = answer.set_cookie("guestlist").expect("is set");
        assert!(header.ends_with("; HttpOnly; SameSite=Lax"), "{header}");
        assert!(
            scene
                .opens(answer.cookie("guestlist").expect("is set"))
                .await
        );
    }
}

/// CK06: no browser would keep it, and nobody would know why they are not signed in.
#[tokio::test]
async fn over_http_beyond_this_machine_nobody_signs_in_unless_somebody_allows_it() {
    let base_url = "http://192.168.0.7:8080";
    let scene = Scene::settled(base_url, |door| door).await;
    let visit = scene.visiting().await;
    let answer = scene.sign_in(&visit, &visit.cookie, "/").await;
    answer.refused(403, "needs_https");
    let scene = Scene::settled(base_url, |door| door.secure_cookies(false)).await;
    let page = scene.send(Method::GET, "/form", &[], "").await;
    let visit = Browsing {
        cookie: page.cookie("guestlist-form").expect("is set").to_owned(),
        token: page.body.clone(),
    };
    let answer = scene.sign_in(&visit, &visit.cookie, "/").await;
    assert!(answer.cookie("guestlist").is_some(), "{answer:?}");
}

/// CK08: with other attributes a browser would keep the old one.
#[tokio::test]
async fn a_sign_out_takes_the_cookie_back_and_ends_the_session() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let headers = [FORM, ("cookie", &*ada.cookie)];
    let form = format!("csrf_token={}", ada.token);
    let answer = scene.post("/sign-out", &headers, &form).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let expected = "__Host-guestlist=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure";
    assert_eq!(answer.all(SET_COOKIE), [expected]);
    assert!(!scene.opens(&ada.cookie).await);
    let headers = [("cookie", &*ada.cookie), ("x-csrf-token", &*ada.token)];
    let other = scene.browsing(ADA).await;
    let at_the_api = [("cookie", &*other.cookie), ("x-csrf-token", &*other.token)];
    let answer = scene
        .send(Method::DELETE, "/sessions/current", &at_the_api, "")
        .await;
    assert_eq!(
        (answer.status, answer.all(SET_COOKIE)),
        (204, vec![expected])
    );
    let late = scene
        .send(Method::DELETE, "/sessions/current", &headers, "")
        .await;
    late.refused(401, "invalid_token");
}

/// A late request with the old cookie must not erase the new one: no refusal takes a cookie back.
#[tokio::test]
async fn a_cookie_that_opens_nothing_any_more_is_refused_and_left_alone() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    assert!(scene.opens(&ada.cookie).await);
    let user = scene.open(ADA, Wanted::DATABASE).await.user.id;
    scene.guestlist.disable_user(user).await.expect("disables");
    scene
        .get("/hello", &ada.cookie)
        .await
        .refused(401, "invalid_token");
    let maybe = scene.get("/maybe", &ada.cookie).await;
    assert_eq!((maybe.status, &*maybe.body), (200, "a stranger"));
    assert_eq!(maybe.all(SET_COOKIE), [""; 0]);
    let both = format!("{}; {}", ada.cookie, ada.cookie);
    assert_eq!(scene.get("/maybe", &both).await.body, "a stranger");
}

/// CK09; OWASP ASVS 5.0, 7.2.4: whoever planted or stole the cookie of before has nothing.
#[tokio::test]
async fn a_sign_in_makes_another_cookie_and_ends_the_session_of_before() {
    let scene = Scene::new().await;
    let before = scene.browsing(EVE).await;
    let answer = scene.sign_in(&before, &before.cookie, "/").await;
    let after = answer.cookie(COOKIE_NAME).expect("is set");
    assert_ne!(after, before.cookie);
    assert!(!scene.opens(&before.cookie).await);
    assert_eq!(scene.get("/hello", after).await.body, ADA);
}

/// Beside an `Authorization` header no cookie identifies anybody, whatever the header is worth.
#[tokio::test]
async fn beside_an_authorization_header_a_cookie_counts_for_nothing() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let eve = scene.open(EVE, Wanted::DATABASE).await;
    let bearer = format!("Bearer {}", eve.access_token.expose());
    let with = async |value: &str| {
        let headers = [("cookie", &*ada.cookie), ("authorization", value)];
        scene.send(Method::GET, "/hello", &headers, "").await
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

/// Without a door around it nothing knows of cookies; and behind one that it passes by.
#[tokio::test]
async fn without_a_door_for_browsers_no_cookie_opens_anything() {
    let scene = Scene::new().await;
    let ada = scene.browsing(ADA).await;
    let bare = routes().with_state(App(scene.guestlist.clone()));
    let passing = Scene::settled(BASE_URL, |door| door.passes(|path| path == "/hello")).await;
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

/// Where there are no pages, a request without a cookie passes by; one with a cookie does not.
#[tokio::test]
async fn where_there_are_no_pages_a_cookie_is_checked_all_the_same() {
    let scene = Scene::settled(BASE_URL, |door| door.pages_at(|path| path == "/form")).await;
    let ada = scene.browsing(ADA).await;
    assert!(scene.opens(&ada.cookie).await);
    let headers = [("cookie", &*ada.cookie)];
    let forged = scene.post("/hello", &headers, "").await;
    forged.refused(403, "csrf_token");
    assert!(scene.visiting().await.cookie.starts_with(FORM_COOKIE));
    let answer = scene.send(Method::GET, "/hello", &[], "").await;
    answer.refused(401, "not_authenticated");
}

#[test]
fn a_name_that_would_change_the_header_makes_no_door() {
    for name in ["", "a b", "a;b", "a=b", "a\r\nb", "é"] {
        let door = BrowserDoor::builder(guestlist(), BASE_URL).session_cookie(name);
        assert!(door.build().is_err(), "{name}");
    }
    assert!(
        BrowserDoor::builder(guestlist(), "app.example")
            .build()
            .is_err()
    );
}
