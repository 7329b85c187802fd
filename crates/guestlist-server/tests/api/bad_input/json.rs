//! Bodies that are not JSON, or not the expected JSON.

use axum::http::Method;
use serde_json::{Value, json};

use super::{EVENTS, SESSIONS, USERS};
use crate::test_app::{Answer, TestApp, new_email};

/// The size limit of a body in bytes.
const MOST: usize = 64 * 1024;

/// Sends the body to every address that accepts JSON. Returns the responses of the API, and those
/// of the FastAPI-book addresses.
async fn everywhere(app: &TestApp, token: &str, body: &[u8]) -> (Vec<Answer>, Vec<Answer>) {
    let event = json!({ "title": "Tea" });
    let made = app.post(EVENTS, Some(token), &event).await;
    let path = made.header("location").expect("is there").to_owned();
    let compat = path.replace(EVENTS, "/event");
    let send = async |method, path: &str| app.json(method, path, Some(token), body).await;
    let patch = {
        let authorization = format!("Bearer {token}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/merge-patch+json"),
            ("if-match", "*"),
        ];
        app.with_headers(Method::PATCH, &path, &headers, body.to_vec())
            .await
    };
    (
        vec![
            send(Method::POST, USERS).await,
            send(Method::POST, SESSIONS).await,
            send(Method::POST, EVENTS).await,
            patch,
        ],
        vec![
            send(Method::POST, "/user/signup").await,
            send(Method::POST, "/event/new").await,
            send(Method::PUT, &compat).await,
        ],
    )
}

#[tokio::test]
async fn malformed_json_is_400_and_422_at_the_compat_addresses() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (arrays, objects) = ("[".repeat(60_000), "{\"a\":".repeat(12_000));
    for (label, body) in [
        ("JS02", arrays.as_bytes()),
        ("JS02", objects.as_bytes()),
        ("JS03", b"{\"email\":1e400,\"title\":1e400}"),
        ("JS03", b"{\"email\":1E999999,\"title\":1E999999}"),
        (
            "JS07",
            b"\xef\xbb\xbf{\"email\":\"a@example.com\",\"password\":\"exemplary\"}",
        ),
        ("JS08", b"{\"email\":\"\xc0\x80\",\"title\":\"\xc0\x80\"}"),
        (
            "JS08",
            b"{\"email\":\"\xed\xa0\x80\",\"title\":\"\xed\xa0\x80\"}",
        ),
        ("JS08", b"{\"email\":\"\xff\",\"title\":\"\xff\"}"),
        ("JS09", b"{}x"),
        ("JS09", b"{}{}"),
        ("JS11", b"{/* x */}"),
        ("JS11", b"{} // x"),
        ("JS11", b"{\"email\":\"a\",}"),
        ("JS11", b"{'email':'a'}"),
        ("JS11", b"{\"email\":NaN}"),
        ("JS11", b"{\"email\":Infinity}"),
        ("JS11", b"{email:\"a\"}"),
        ("JS16", b""),
        ("JS16", b" "),
        ("JS16", b"{"),
        ("JS16", b"}"),
        ("JS16", b"[1,]"),
        ("JS16", b"[,1]"),
        ("JS16", b"[1 2]"),
        ("JS16", b"[1"),
        ("JS16", b"[]]"),
        ("JS16", b"{\"a\"}"),
        ("JS16", b"{\"a\":}"),
        ("JS16", b"{:\"a\"}"),
        ("JS16", b"{\"a\" \"b\"}"),
        ("JS16", b"{\"a\":1,,\"b\":2}"),
        ("JS16", b"{1:1}"),
        ("JS16", b"{\"a\":truE}"),
        ("JS16", b"{\"a\":nul}"),
        ("JS16", b"{\"a\":01}"),
        ("JS16", b"{\"a\":1.}"),
        ("JS16", b"{\"a\":.5}"),
        ("JS16", b"{\"a\":+1}"),
        ("JS16", b"{\"a\":0x1}"),
        ("JS16", b"{\"a\":1e}"),
        ("JS16", b"{\"a\":--1}"),
        ("JS16", b"{\"a\":\"\\x\"}"),
        ("JS16", b"{\"a\":\"\\u00\"}"),
        ("JS16", b"{\"a\":\"\\uD800\\u\"}"),
        ("JS16", b"{\"a\":\"\t\"}"),
        ("JS16", b"{\"a\":\"\n\"}"),
        ("JS16", b"{\"a\":\"\0\"}"),
        ("JS16", b"{\"a\":\"b}"),
        ("JS16", b"\"\\"),
        ("JS16", b"<email>a</email>"),
        ("JS16", b"email=a&password=b"),
        ("JS16", b"\xff\xfe{\0}\0"),
        ("JS16", b"\0"),
        ("JS16", b"\x0c{}"),
    ] {
        let (api, compat) = everywhere(&app, &token, body).await;
        for answer in api {
            // The value of an unknown member need not be read before the refusal.
            let is_either = answer.status == 400 || answer.status == 422;
            assert!(is_either, "{label} {} {answer:?}", body.escape_ascii());
        }
        for answer in compat {
            assert_eq!(answer.status, 422, "{label} {}", body.escape_ascii());
        }
    }
}

/// JS02: valid JSON that must not overflow the stack.
#[tokio::test]
async fn deep_nesting_is_refused_and_never_causes_a_5xx() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [127, 128, 129, 9_000] {
            let nested = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            let body = format!("{{\"email\":{nested},\"title\":{nested}}}");
            let (api, compat) = everywhere(&app, &token, body.as_bytes()).await;
            for answer in api.into_iter().chain(compat) {
                let status = answer.status.as_u16();
                assert!(matches!(status, 400 | 413 | 422), "{depth} {answer:?}");
            }
            let body = format!("{{\"unknown\":{nested}}}");
            let (api, compat) = everywhere(&app, &token, body.as_bytes()).await;
            for answer in api.into_iter().chain(compat) {
                assert!(answer.status.as_u16() < 500, "{depth} {answer:?}");
            }
        }
    }
}

/// JS16: valid JSON of the wrong type.
#[tokio::test]
async fn json_of_the_wrong_type_is_422() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for body in [
        "[]",
        "[[]]",
        "[null]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1e1",
        "1E-2",
        "123456789012345678901234567890",
        "\"\"",
        "\"\\uD83D\\uDE39\"",
        " [] ",
        "\"\u{7f}\"",
        "[1,null,{}]",
        "[\"a@example.com\",\"exemplary\"]",
    ] {
        let (api, compat) = everywhere(&app, &token, body.as_bytes()).await;
        for answer in api {
            answer.invalid();
        }
        for answer in compat {
            assert_eq!(answer.status, 422, "{body}");
        }
    }
}

/// JS03
#[tokio::test]
async fn a_number_of_the_wrong_kind_is_refused() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for number in [
        "1e400",
        "1E999999",
        "123456789012345678901234567890",
        "-0",
        "1.0",
        "1e2",
        "4294967296",
        "-1",
        "\"6\"",
    ] {
        let body = format!("{{\"title\":\"Tea\",\"capacity\":{number}}}");
        let answer = app.json(Method::POST, EVENTS, Some(&token), body).await;
        let status = answer.status.as_u16();
        assert!(status == 400 || status == 422, "{number} {answer:?}");
    }
}

#[tokio::test]
async fn a_duplicate_member_is_422() {
    let app = TestApp::start().await;
    for (label, body) in [
        (
            "JS01",
            "{\"email\":\"a@example.com\",\"email\":\"b@example.com\",\"password\":\"exemplary\"}",
        ),
        (
            "JS01",
            "{\"email\":\"a@example.com\",\"email\":\"a@example.com\",\"password\":\"exemplary\"}",
        ),
        (
            "JS14",
            "{\"\\u0065mail\":\"a@example.com\",\"email\":\"b@example.com\",\"password\":\"exemplary\"}",
        ),
    ] {
        for path in [USERS, SESSIONS] {
            let answer = app.json(Method::POST, path, None, body).await;
            assert_eq!(
                answer.invalid(),
                [("/email".to_owned(), "duplicate".to_owned())],
                "{label}"
            );
        }
        let compat = app.json(Method::POST, "/user/signup", None, body).await;
        assert_eq!(compat.status, 422, "{label}");
    }
}

/// JS04, JS05, CS08
#[tokio::test]
async fn other_media_types_are_415() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let authorization = format!("Bearer {token}");
    let body = super::credentials("new@example.com", crate::test_app::PASSWORD).to_string();
    for mime in [
        None,
        Some(""),
        Some("text/plain"),
        Some("text/html"),
        Some("text/json"),
        Some("application/xml"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=X"),
        Some("application/jsonx"),
        Some("application/json; charset=utf-16"),
        Some("application/json; charset=latin1"),
        Some("application/json, text/plain"),
    ] {
        for (path, is_compat) in [
            (USERS, false),
            (SESSIONS, false),
            (EVENTS, false),
            ("/user/signup", true),
            ("/event/new", true),
        ] {
            let mut headers = vec![("authorization", authorization.as_str())];
            headers.extend(mime.map(|mime| ("content-type", mime)));
            let answer = app
                .with_headers(Method::POST, path, &headers, body.clone())
                .await;
            assert_eq!(answer.status, 415, "{mime:?} {path}");
            if is_compat {
                assert!(answer.json()["detail"].is_string());
            } else {
                answer.refused(415, "unsupported_media_type");
            }
        }
    }
    for mime in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        let headers = [("content-type", mime)];
        let answer = app
            .with_headers(Method::POST, SESSIONS, &headers, body.clone())
            .await;
        answer.refused(401, "wrong_credentials");
    }
}

/// JS15
#[tokio::test]
async fn one_byte_over_the_limit_is_413() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (length, is_read) in [(MOST, true), (MOST + 1, false), (1 << 20, false)] {
        let mut body = vec![b' '; length - 2];
        body.extend(b"[]");
        let (api, compat) = everywhere(&app, &token, &body).await;
        let status = if is_read { 422 } else { 413 };
        for answer in api.iter().chain(&compat) {
            assert_eq!(answer.status, status, "{length}");
        }
    }
}

/// ST01
#[tokio::test]
async fn database_operators_are_refused() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let members = [
        "title",
        "description",
        "image",
        "tags",
        "location",
        "online_url",
        "starts_at",
        "ends_at",
        "time_zone",
        "start_date",
        "end_date",
        "capacity",
        "visibility",
    ];
    for operator in [
        json!({ "$gt": "" }),
        json!({ "$ne": null }),
        json!({ "$regex": ".*" }),
        json!({ "$where": "sleep(5000)" }),
        json!([{ "$gt": "" }]),
    ] {
        for member in members {
            let mut event = json!({ "title": "Tea" });
            event[member] = operator.clone();
            let answer = app.post(EVENTS, Some(&token), &event).await;
            assert_eq!(answer.invalid().len(), 1, "{event}");
        }
        for member in ["title", "image", "description", "tags", "location"] {
            let mut event = json!({ "title": "a", "image": "b", "description": "c", "tags": [], "location": "d" });
            event[member] = operator.clone();
            let answer = app.post("/event/new", Some(&token), &event).await;
            assert_eq!(answer.status, 422, "{event}");
        }
    }
    assert_eq!(
        app.get(EVENTS, None).await.json()["items"],
        Value::Array(vec![])
    );
}
