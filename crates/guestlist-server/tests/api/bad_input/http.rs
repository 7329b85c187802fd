//! Paths and bodies that no correct client sends.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Method, Request},
};
use hyper::body::Frame;

use super::{EVENTS, SESSIONS, TOKEN, USERS};
use crate::test_app::{TestApp, new_email};

/// HT09
#[tokio::test]
async fn other_spellings_of_a_path_are_not_found() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for path in [
        "//api/v1/me",
        "/api/v1//me",
        "/api/v1/me/",
        "/api/v1/me//",
        "/api/v1/events/../me",
        "/api/v1/./me",
        "/api/v1/%2e%2e/v1/me",
        "/api/v1/%2e/me",
        "/api/v1%2fme",
        "/api/v1/me%00",
        "/api/v1/me%00.css",
        "/api/v1/me;jsessionid=1",
        "/api/v1/me.json",
        "/api/v1/ME",
        "/API/v1/me",
        "/api/v1/m%65%20",
        "/api/v2/me",
        "/api/me",
        "/me",
        "//token",
        "/api/v1/token/",
        "/api/v1/token/../users",
        "/api/v1/token;x",
        "/event//",
        "/user/signup//",
    ] {
        for token in [None, Some(token.as_str())] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                let answer = app.request(method, path, token, None).await;
                let status = answer.status.as_u16();
                assert!(
                    matches!(status, 400 | 401 | 404 | 405 | 422),
                    "{path} {answer:?}"
                );
                if !path.starts_with("/event") {
                    assert_eq!(status, 404, "{path} {answer:?}");
                }
            }
        }
    }
}

/// A body that notes whether it was read.
struct WatchedBody(Arc<AtomicBool>);

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.store(true, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 1024])))))
    }
}

/// JS15, HT11
#[tokio::test]
async fn a_body_with_a_too_large_content_length_is_not_read() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for length in ["65537", "10737418240", "18446744073709551615"] {
        for (path, mime) in [
            (USERS, "application/json"),
            (SESSIONS, "application/json"),
            (EVENTS, "application/json"),
            (TOKEN, "application/x-www-form-urlencoded"),
            ("/user/signup", "application/json"),
            ("/user/signin", "application/x-www-form-urlencoded"),
            ("/user/signin", "multipart/form-data; boundary=X"),
            ("/event/new", "application/json"),
        ] {
            let was_read = Arc::new(AtomicBool::new(false));
            let request = Request::post(path)
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", mime)
                .header("content-length", length)
                .header("expect", "100-continue")
                .body(Body::new(WatchedBody(Arc::clone(&was_read))));
            let answer = app.send(request.expect("is a request")).await;
            assert_eq!(answer.status, 413, "{path} {length}");
            assert!(!was_read.load(Ordering::SeqCst), "{path} {length}");
        }
    }
}

/// JS15: a body without a content length is read only up to the limit.
#[tokio::test]
async fn an_endless_body_is_413() {
    let app = TestApp::start().await;
    let was_read = Arc::new(AtomicBool::new(false));
    let request = Request::post(SESSIONS)
        .header("content-type", "application/json")
        .body(Body::new(WatchedBody(Arc::clone(&was_read))));
    let answer = app.send(request.expect("is a request")).await;
    answer.refused(413, "too_large");
    assert!(was_read.load(Ordering::SeqCst));
}

/// HT14
#[tokio::test]
async fn headers_that_ask_for_another_protocol_or_method_are_ignored() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let authorization = format!("Bearer {token}");
    for (name, value) in [
        ("upgrade", "websocket"),
        ("upgrade", "h2c"),
        ("x-http-method-override", "DELETE"),
        ("x-method-override", "DELETE"),
        ("x-original-url", "/nowhere"),
        ("x-rewrite-url", "/nowhere"),
        ("x-forwarded-prefix", "/nowhere"),
        ("range", "bytes=0-1"),
    ] {
        let headers = [("authorization", authorization.as_str()), (name, value)];
        let answer = app.with_headers(Method::GET, super::ME, &headers, "").await;
        assert_eq!(answer.status, 200, "{name}");
    }
}
