//! The hosts that the server answers for, at each kind of address. The labels (HT07) come from the
//! list of bad inputs.

use axum::{
    body::Body,
    http::{Method, Request, Version},
};
use guestlist_server::router::Surroundings;

use crate::test_app::{Answer, BASE_URL, TestApp};

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).expect("is a request");
    app.send_bare(request).await
}

#[tokio::test]
async fn a_foreign_host_is_refused_in_the_format_of_the_address_and_the_setting_is_named() {
    let app = TestApp::start().await;
    for path in [
        "/api/v1/events",
        "/api/v1/me",
        "/.well-known/jwks.json",
        "/openapi.json",
        "/assets/style.css",
    ] {
        let answer = get(&app, path, &[("host", "evil.example")]).await;
        let refusal = answer.refused(421, "misdirected_request");
        let detail = refusal["detail"].as_str().expect("is a text");
        for setting in ["server.base_url", "server.hosts"] {
            assert!(detail.contains(setting), "{detail}");
        }
    }
    let compat = get(&app, "/event/", &[("host", "evil.example:8080")]).await;
    assert_eq!(compat.status, 421);
    let detail = compat.json()["detail"].to_string();
    assert!(detail.contains("server.hosts"), "{detail}");
    let asks = [("host", "evil.example"), ("accept", "text/html")];
    let page = get(&app, "/sign-up", &asks).await;
    assert_eq!(page.status, 421);
    assert!(
        page.text().contains("This site has another address"),
        "{page:?}"
    );
    assert!(page.text().contains("server.hosts"), "{page:?}");
    assert_eq!(page.header("set-cookie"), None);
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

/// HT07
#[tokio::test]
async fn a_request_must_name_exactly_one_host() {
    let app = TestApp::start().await;
    let ours = ("host", "127.0.0.1:8080");
    for headers in [
        &[][..],
        &[ours, ours],
        &[ours, ("host", "evil.example")],
        &[("host", "ada@127.0.0.1:8080")],
        &[("host", "")],
    ] {
        let answer = get(&app, "/api/v1/events", headers).await;
        answer.refused(400, "invalid_host");
    }
    for (target, status) in [
        ("http://evil.example/api/v1/events", 421),
        ("http://127.0.0.1:8080/api/v1/events", 200),
    ] {
        assert_eq!(get(&app, target, &[ours]).await.status, status, "{target}");
        let http2 = Request::get(target).version(Version::HTTP_2);
        let http2 = http2.body(Body::empty()).expect("is a request");
        assert_eq!(app.send_bare(http2).await.status, status, "{target}");
    }
}

/// A load balancer may send any host.
#[tokio::test]
async fn health_checks_work_for_every_host() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/ready"] {
        for headers in [
            &[][..],
            &[("host", "10.0.0.7:8080")],
            &[("host", "evil.example")],
        ] {
            assert_eq!(
                get(&app, path, headers).await.status,
                200,
                "{path} {headers:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_configured_hosts_work_and_on_loopback_the_loopback_names() {
    let surroundings = Surroundings {
        hosts: vec!["other.example.org".to_owned(), "[2001:db8::1]".to_owned()],
        ..Surroundings::default()
    };
    let public = TestApp::start()
        .await
        .surrounded("https://events.example.org", surroundings);
    let private = Surroundings {
        on_loopback: true,
        ..Surroundings::default()
    };
    let private = TestApp::start().await.surrounded(BASE_URL, private);
    for (host, publicly, privately) in [
        ("events.example.org", 200, 421),
        ("Other.Example.org:8443", 200, 421),
        ("[2001:db8::1]:8080", 200, 421),
        ("127.0.0.1:8080", 421, 200),
        ("localhost:8080", 421, 200),
        ("planner.localhost", 421, 200),
        ("0.0.0.0:8080", 421, 200),
        ("[::1]:8080", 421, 200),
    ] {
        let headers = [("host", host)];
        for (app, status) in [(&public, publicly), (&private, privately)] {
            let answer = get(app, "/api/v1/events", &headers).await;
            assert_eq!(answer.status, status, "{host} {}", app.app.base_url);
        }
    }
}

/// A page of another allowed host counts as ours, so that a user may type `localhost` for
/// `127.0.0.1`.
#[tokio::test]
async fn forms_are_accepted_from_pages_of_an_allowed_host_only() {
    let private = Surroundings {
        on_loopback: true,
        ..Surroundings::default()
    };
    let app = TestApp::start().await.surrounded(BASE_URL, private);
    for (origin, site, status) in [
        (BASE_URL, Some("same-origin"), 422),
        ("http://localhost:8080", Some("same-origin"), 422),
        ("http://localhost:8080", Some("same-site"), 403),
        ("http://localhost:8080", Some("cross-site"), 403),
        ("http://localhost:9090", Some("same-origin"), 403),
        ("http://evil.example", Some("same-origin"), 403),
        ("null", Some("same-origin"), 403),
        // Browsers send no `Sec-Fetch-Site` over plain http, except to their own machine.
        ("http://localhost:8080", None, 422),
        ("http://localhost:9090", None, 403),
        ("http://evil.example", None, 403),
        ("null", None, 403),
    ] {
        let host = if origin == BASE_URL {
            "127.0.0.1:8080"
        } else {
            "localhost:8080"
        };
        let form = app
            .with_headers(Method::GET, "/sign-up", &[("host", host)], "")
            .await;
        let cookie = form.header("set-cookie").expect("is set").to_owned();
        let cookie = cookie.split(';').next().expect("has a value");
        let html = form.text();
        let (_, token) = html
            .split_once("name=\"csrf_token\" value=\"")
            .expect("has one");
        let token = token.split('"').next().expect("ends");
        let mut headers = vec![
            ("host", host),
            ("origin", origin),
            ("cookie", cookie),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        headers.extend(site.map(|site| ("sec-fetch-site", site)));
        let body = format!("csrf_token={token}&email=ada&password=x");
        let sent = app
            .with_headers(Method::POST, "/sign-up", &headers, body)
            .await;
        assert_eq!(sent.status, status, "{origin} {site:?} {sent:?}");
    }
}

/// Every current browser sends `Sec-Fetch-Site` over TLS. A page without it must not be trusted: a
/// page over plain http could have the same host name.
#[tokio::test]
async fn with_tls_a_form_of_an_allowed_host_must_have_the_same_origin() {
    let surroundings = Surroundings {
        hosts: vec!["other.example.org".to_owned()],
        ..Surroundings::default()
    };
    let app = TestApp::start()
        .await
        .surrounded("https://events.example.org", surroundings);
    let headers = [
        ("host", "other.example.org"),
        ("origin", "http://other.example.org"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let sent = app
        .with_headers(Method::POST, "/sign-up", &headers, "email=ada&password=x")
        .await;
    sent.refused(403, "foreign_page");
}
