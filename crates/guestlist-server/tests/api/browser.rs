//! The API as a browser uses it after the user has signed in on a page.

use axum::http::Method;
use guestlist::Clock;
use serde_json::json;

use crate::test_app::{Answer, Browsing, TestApp};
use guestlist_server::router::Surroundings;

const ADA: &str = "ada@example.com";
const CSRF: &str = "/api/v1/csrf";

async fn ada() -> (TestApp, Browsing) {
    let app = TestApp::start().await;
    app.signed_in(ADA).await;
    let held = app.browsing(ADA).await;
    (app, held)
}

async fn send(app: &TestApp, held: &Browsing, request: (Method, &str), body: &str) -> Answer {
    let headers = [
        ("cookie", &*held.cookie),
        ("x-csrf-token", &*held.csrf_token),
        ("content-type", "application/json"),
    ];
    app.with_headers(request.0, request.1, &headers, body.to_owned())
        .await
}

#[tokio::test]
async fn an_event_is_created_with_the_cookie_and_the_csrf_token_of_its_session() {
    let (app, held) = ada().await;
    let event = json!({ "title": "Cake" }).to_string();
    let made = send(&app, &held, (Method::POST, "/api/v1/events"), &event).await;
    assert_eq!(made.status, 201, "{made:?}");
    let mine = send(&app, &held, (Method::GET, "/api/v1/events?mine=true"), "").await;
    assert_eq!(mine.json()["items"][0]["title"], "Cake", "{mine:?}");
    assert_eq!(mine.header("cache-control"), Some("no-store"));
    assert!(
        mine.header("vary")
            .is_some_and(|vary| vary.contains("Cookie"))
    );
    let headers = [
        ("cookie", &*held.cookie),
        ("content-type", "application/json"),
    ];
    let forged = app.with_headers(Method::POST, "/api/v1/events", &headers, event);
    forged.await.refused(403, "csrf_token");
}

/// For a page on another origin, which cannot read the form field of our pages.
#[tokio::test]
async fn the_csrf_token_is_returned_to_the_holder_of_the_cookie_and_is_not_cached() {
    let (app, held) = ada().await;
    let told = app
        .with_headers(Method::GET, CSRF, &[("cookie", &*held.cookie)], "")
        .await;
    assert_eq!(told.status, 200, "{told:?}");
    assert_eq!(told.header("cache-control"), Some("no-store"));
    assert_eq!(told.header("set-cookie"), None);
    let body = told.json();
    assert_eq!(body.as_object().expect("is an object").len(), 1);
    let held = Browsing {
        csrf_token: body["csrf_token"].as_str().expect("is text").to_owned(),
        ..held
    };
    let event = json!({ "title": "Cake" }).to_string();
    let made = send(&app, &held, (Method::POST, "/api/v1/events"), &event).await;
    assert_eq!(made.status, 201, "{made:?}");
}

#[tokio::test]
async fn no_csrf_token_is_returned_without_a_session_cookie_and_no_cookie_is_set() {
    let (app, held) = ada().await;
    let bearer = format!("Bearer {}", app.open(ADA).await.access);
    let visitor = app.get("/sign-in", None).await;
    let visitor = visitor.header("set-cookie").expect("is set").to_owned();
    let visitor = visitor.split(';').next().expect("has a value");
    for (headers, status, code) in [
        (&[][..], 401, "not_authenticated"),
        (&[("cookie", visitor)], 401, "not_authenticated"),
        (&[("authorization", &*bearer)], 400, "for_browsers"),
        (
            &[("authorization", &*bearer), ("cookie", &*held.cookie)],
            400,
            "for_browsers",
        ),
    ] {
        let answer = app.with_headers(Method::GET, CSRF, headers, "").await;
        answer.refused(status, code);
        assert_eq!(answer.header("set-cookie"), None, "{headers:?}");
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn reauthentication_and_a_new_password_replace_the_cookie() {
    let (app, held) = ada().await;
    let password_form = json!({ "password": "exemplary" }).to_string();
    let reauthenticated = send(
        &app,
        &held,
        (Method::POST, "/api/v1/sessions/current/reauthenticate"),
        &password_form,
    )
    .await;
    assert_eq!(
        (reauthenticated.status.as_u16(), reauthenticated.body.len()),
        (204, 0),
        "{reauthenticated:?}"
    );
    let new = reauthenticated
        .header("set-cookie")
        .expect("is set")
        .to_owned();
    assert!(
        new.starts_with("guestlist=glc_") && !new.contains("Secure"),
        "{new}"
    );
    let old = send(&app, &held, (Method::GET, "/api/v1/me"), "").await;
    old.refused(401, "invalid_token");
    assert_eq!(
        old.header("set-cookie"),
        None,
        "a late request does not delete the cookie"
    );
    let held = Browsing {
        cookie: new.split(';').next().expect("has a value").to_owned(),
        ..held
    };
    let change = json!({ "current_password": "exemplary", "new_password": "more exemplary" });
    let change = change.to_string();
    let changed = send(&app, &held, (Method::PUT, "/api/v1/me/password"), &change).await;
    assert_eq!(
        (changed.status.as_u16(), changed.body.len()),
        (204, 0),
        "{changed:?}"
    );
    assert!(changed.header("set-cookie").is_some());
}

/// The page at `/docs` signs in at the FastAPI-book address and sends the access token. The cookie
/// that the browser also sends is ignored.
#[tokio::test]
async fn swagger_ui_works_for_a_user_who_is_signed_in_on_a_page() {
    let (app, held) = ada().await;
    let form = "username=ada%40example.com&password=exemplary";
    let cross = [
        ("cookie", &*held.cookie),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let signed_in = app
        .with_headers(Method::POST, "/user/signin", &cross, form)
        .await;
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    let token = signed_in.json()["access_token"]
        .as_str()
        .expect("is a string")
        .to_owned();
    let bearer = format!("Bearer {token}");
    let headers = [
        ("cookie", &*held.cookie),
        ("authorization", &*bearer),
        ("content-type", "application/json"),
    ];
    let event = json!({ "title": "Cake" }).to_string();
    let made = app
        .with_headers(Method::POST, "/api/v1/events", &headers, event)
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let bad = [("cookie", &*held.cookie), ("authorization", "Bearer bad")];
    let refused = app.with_headers(Method::GET, "/api/v1/me", &bad, "").await;
    refused.refused(401, "invalid_token");
}

/// CS17: any page can make a browser send a link, an image request or a preflight.
#[tokio::test]
async fn no_safe_method_changes_anything() {
    let (app, held) = ada().await;
    let event = json!({ "title": "Cake" }).to_string();
    send(&app, &held, (Method::POST, "/api/v1/events"), &event).await;
    let counted = async || {
        let census = app.stores.accounts.census(app.clock.now()).await;
        let events = app.get("/event/", None).await.text();
        (census.expect("answers"), events)
    };
    let before = counted().await;
    let api = app.get("/openapi.json", None).await.json();
    let paths = api["paths"].as_object().expect("is an object").keys();
    for path in paths
        .map(String::as_str)
        .chain(["/", "/docs/", "/redoc", "/sign-out"])
    {
        let path = path.replace("{id}", "01930000-0000-7000-8000-000000000000");
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
            let headers = [("cookie", &*held.cookie), ("sec-fetch-site", "cross-site")];
            let answer = app.with_headers(method, &path, &headers, "").await;
            assert!(answer.status.as_u16() < 500, "{path} {answer:?}");
            assert_eq!(answer.header("set-cookie"), None, "{path}");
        }
    }
    assert_eq!(counted().await, before);
    let me = send(&app, &held, (Method::GET, "/api/v1/me"), "").await;
    assert_eq!(me.status, 200, "is still signed in");
}

/// CK06: with a base URL of https, the cookie names have the `__Host-` prefix, and a cookie without
/// it is ignored.
#[tokio::test]
async fn with_tls_the_cookie_has_the_prefix_and_every_response_has_hsts() {
    let (app, held) = ada().await;
    let app = app.surrounded("https://events.example.org", Surroundings::default());
    let me = send(&app, &held, (Method::GET, "/api/v1/me"), "").await;
    me.refused(401, "not_authenticated");
    let prefixed = Browsing {
        cookie: format!("__Host-{}", held.cookie),
        csrf_token: held.csrf_token,
    };
    let me = send(&app, &prefixed, (Method::GET, "/api/v1/me"), "").await;
    assert_eq!(me.status, 200, "{me:?}");
    for path in [
        "/",
        "/nowhere",
        "/api/v1/me",
        "/event/",
        "/docs",
        "/health/live",
    ] {
        let answer = app.get(path, None).await;
        let policy = answer.header("strict-transport-security");
        assert_eq!(policy, Some("max-age=31536000"), "{path}");
    }
    let asks = [("accept", "text/html")];
    let sent_away = app.with_headers(Method::GET, "/account", &asks, "").await;
    assert_eq!(sent_away.status, 303, "{sent_away:?}");
    assert!(sent_away.header("strict-transport-security").is_some());
    let surroundings = Surroundings {
        hsts_include_subdomains: true,
        ..Surroundings::default()
    };
    let whole = app.surrounded("https://events.example.org", surroundings);
    let answer = whole.get("/", None).await;
    let policy = answer.header("strict-transport-security");
    assert_eq!(policy, Some("max-age=31536000; includeSubDomains"));
    let (plain, _) = ada().await;
    let answer = plain.get("/", None).await;
    assert_eq!(answer.header("strict-transport-security"), None);
}
