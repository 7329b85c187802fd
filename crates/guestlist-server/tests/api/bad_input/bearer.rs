//! The `Authorization` header (RFC 6750).

use axum::http::{HeaderValue, Method, Request};

use super::{EVENTS, ME, without_request_id};
use crate::test_app::{Answer, TestApp, new_email};

/// Sends a request with these `Authorization` headers to an address that needs a token.
async fn authorized(app: &TestApp, values: &[&[u8]]) -> Answer {
    let mut request = Request::get(ME);
    for value in values {
        let value = HeaderValue::from_bytes(value).expect("is a header value");
        request = request.header("authorization", value);
    }
    app.send(request.body("".into()).expect("is a request"))
        .await
}

/// BH01, RFC 6750, section 2.1
#[tokio::test]
async fn the_letter_case_of_the_scheme_does_not_matter() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let answer = authorized(&app, &[format!("{scheme} {token}").as_bytes()]).await;
        assert_eq!(answer.status, 200, "{scheme}");
    }
}

/// BH03, BH04, BH09, BH10, BH12; RFC 6750, sections 2.1 and 3.1: `invalid_request`
#[tokio::test]
async fn a_header_must_have_one_scheme_and_one_token() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (long, longer) = ("x".repeat(100_000), "x".repeat(1 << 20));
    for (label, form) in [
        ("BH03", "Bearer"),
        ("BH03", "Bearer "),
        ("BH03", "Bearer  T"),
        ("BH03", "Bearer T "),
        ("BH03", "Bearer T x"),
        ("BH04", "Bearer T, Bearer T"),
        ("BH04", "Bearer T,Basic x"),
        ("BH09", "Bearer\tT"),
        ("BH10", &format!("Bearer {long}")),
        ("BH10", &format!("Bearer {longer}")),
        ("BH12", "Bearer T T"),
        ("BH12", "Bearer,T"),
    ] {
        let value = form.replace('T', &token);
        let answer = authorized(&app, &[value.as_bytes()]).await;
        assert_eq!(answer.status, 400, "{label} {answer:?}");
        answer.refused(400, "invalid_request");
        let challenge = answer.header("www-authenticate");
        assert_eq!(
            challenge,
            Some("Bearer error=\"invalid_request\""),
            "{label}"
        );
    }
    let mut bytes = format!("Bearer {token}").into_bytes();
    for byte in [0x80, 0xa0, 0xe9, 0xff] {
        bytes.push(byte);
        authorized(&app, &[&bytes])
            .await
            .refused(400, "invalid_request");
        bytes.pop();
    }
}

/// RFC 6750, section 2 and 3.1
#[tokio::test]
async fn two_authorization_headers_are_400() {
    let app = TestApp::start().await;
    let value = format!("Bearer {}", app.signed_in(&new_email()).await);
    for other in [value.as_str(), "Basic dXNlcjpwYXNz", "Bearer x", ""] {
        for values in [[value.as_str(), other], [other, value.as_str()]] {
            let answer = authorized(&app, &values.map(str::as_bytes)).await;
            answer.refused(400, "invalid_request");
        }
    }
}

/// BH05, RFC 6750, section 3
#[tokio::test]
async fn without_a_bearer_token_the_challenge_is_bare() {
    let app = TestApp::start().await;
    let stranger = authorized(&app, &[]).await;
    stranger.refused(401, "not_authenticated");
    for form in [
        "Basic dXNlcjpwYXNz",
        "Basic Og==",
        "Digest x",
        "Negotiate",
        "BearerX abc",
        "Token abc",
    ] {
        let answer = authorized(&app, &[form.as_bytes()]).await;
        assert_eq!(
            without_request_id(&answer),
            without_request_id(&stranger),
            "{form}"
        );
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{form}");
    }
}

/// BH11, BH12, RFC 6750, section 3.1: `invalid_token`
#[tokio::test]
async fn every_invalid_token_gets_the_same_response() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let bad = app.get(ME, Some("bad")).await;
    bad.refused(401, "invalid_token");
    let (half, tail) = token.split_at(token.len() / 2);
    for (label, form) in [
        ("BH11", "null".to_owned()),
        ("BH11", "undefined".to_owned()),
        ("BH11", "[object Object]".to_owned()),
        ("BH11", "NaN".to_owned()),
        ("BH12", half.to_owned()),
        ("BH12", tail.to_owned()),
        ("BH12", token.to_uppercase()),
        ("BH12", token.to_lowercase()),
        ("BH12", token.chars().rev().collect()),
        ("BH12", format!("\"{token}\"")),
        ("BH12", format!("<{token}>")),
        ("BH12", format!("{token}.")),
        ("BH12", format!(".{token}")),
    ] {
        let answer = authorized(&app, &[format!("Bearer {form}").as_bytes()]).await;
        assert_eq!(
            without_request_id(&answer),
            without_request_id(&bad),
            "{label} {form}"
        );
    }
    assert_eq!(
        bad.header("www-authenticate"),
        Some("Bearer error=\"invalid_token\"")
    );
}

/// BH07, SE10, RFC 6750, sections 2.2 and 2.3: a token is read from the header only.
#[tokio::test]
async fn a_token_in_any_other_place_is_ignored() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let answer = app.get(&format!("{ME}?access_token={token}"), None).await;
    answer.refused(401, "not_authenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    for (name, value) in [
        (
            "cookie",
            format!("token={token}; access_token={token}; __Host-sid={token}"),
        ),
        ("cookie", format!("Authorization=Bearer {token}")),
        ("x-access-token", token.clone()),
        ("x-authorization", format!("Bearer {token}")),
        ("proxy-authorization", format!("Bearer {token}")),
        ("x-auth-token", token.clone()),
    ] {
        let answer = app
            .with_headers(Method::GET, ME, &[(name, &value)], "")
            .await;
        answer.refused(401, "not_authenticated");
    }
    for query in [format!("access_token={token}"), format!("session={token}")] {
        let answer = app.get(&format!("{ME}?{query}"), None).await;
        answer.refused(401, "not_authenticated");
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("access_token={token}");
    let answer = app.with_headers(Method::POST, EVENTS, &headers, body).await;
    answer.refused(401, "not_authenticated");
    let other = app.signed_in("other@example.com").await;
    let (authorization, cookie) = (format!("Bearer {other}"), format!("token={token}"));
    let headers = [
        ("authorization", authorization.as_str()),
        ("cookie", &cookie),
    ];
    let answer = app.with_headers(Method::GET, ME, &headers, "").await;
    assert_eq!(answer.json()["email"], "other@example.com");
}

/// RFC 6750, sections 2 and 3.1: a token in the header and another in the query.
#[tokio::test]
async fn two_ways_to_send_a_token_at_once_are_400() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for query in [
        "access_token=x",
        &format!("access_token={token}"),
        "limit=1&access_token=",
    ] {
        let answer = app.get(&format!("{ME}?{query}"), Some(&token)).await;
        answer.refused(400, "invalid_request");
        let challenge = answer.header("www-authenticate");
        assert_eq!(
            challenge,
            Some("Bearer error=\"invalid_request\""),
            "{query}"
        );
    }
}

/// BH12: a token must match completely.
#[tokio::test]
async fn an_opaque_token_changed_in_any_one_character_is_refused() {
    let app = TestApp::start().await;
    app.signed_in("ada@example.com").await;
    let held = app.open("ada@example.com").await;
    let personal = app.personal_token(&held.access, "read").await;
    let bad = app.get(ME, Some("bad")).await;
    for token in [&held.access, &personal] {
        for (at, c) in token.char_indices() {
            let other = if c == 'A' { 'B' } else { 'A' };
            let changed = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            for forged in [&changed, &token[..at]] {
                if forged.is_empty() {
                    continue;
                }
                let answer = app.get(ME, Some(forged)).await;
                assert_eq!(
                    without_request_id(&answer),
                    without_request_id(&bad),
                    "{forged}"
                );
            }
        }
        assert_eq!(app.get(ME, Some(token)).await.status, 200);
    }
}

/// RFC 6750, section 3: each attribute occurs once, has allowed characters only, and repeats
/// nothing that was sent.
#[tokio::test]
async fn every_challenge_is_well_formed() {
    let app = TestApp::start().await;
    let session = app.signed_in(&new_email()).await;
    let reads = app.personal_token(&session, "read").await;
    let event = serde_json::json!({ "title": "Tea" });
    let mut errors = Vec::new();
    for answer in [
        app.get(ME, None).await,
        app.get(ME, Some("b a d")).await,
        app.get(ME, Some("bad\"quote")).await,
        app.post(EVENTS, Some(&reads), &event).await,
        app.get("/api/v1/sessions", Some(&reads)).await,
        app.introspect(&reads, "x").await,
    ] {
        let challenge = answer.header("www-authenticate").expect("is there");
        let (scheme, attributes) = challenge.split_once(' ').unwrap_or((challenge, ""));
        assert_eq!(scheme, "Bearer");
        let mut names = Vec::new();
        for attribute in attributes.split(", ").filter(|text| !text.is_empty()) {
            let (name, value) = attribute.split_once('=').expect("has a value");
            let value = value
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            let value = value.expect("is quoted");
            let plain = |b: u8| b.is_ascii_lowercase() || b == b'_';
            assert!(!value.is_empty() && value.bytes().all(plain), "{challenge}");
            assert!(
                ["error", "scope"].contains(&name) && !names.contains(&name),
                "{challenge}"
            );
            names.push(name);
            if name == "error" {
                errors.push(value.to_owned());
            }
        }
    }
    let expected = [
        "invalid_request",
        "invalid_token",
        "insufficient_scope",
        "insufficient_scope",
        "invalid_token",
    ];
    assert_eq!(errors, expected);
}

/// BH13
#[tokio::test]
async fn a_bad_token_is_refused_also_where_a_token_is_optional() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    assert_eq!(app.get(EVENTS, None).await.status, 200);
    assert_eq!(app.get(EVENTS, Some(&token)).await.status, 200);
    app.get(EVENTS, Some("bad"))
        .await
        .refused(401, "invalid_token");
    app.get(EVENTS, Some("b a d"))
        .await
        .refused(400, "invalid_request");
    for path in ["/health/live", "/openapi.json", "/event/"] {
        for token in [token.as_str(), "bad"] {
            assert_eq!(app.get(path, Some(token)).await.status, 200, "{path}");
        }
    }
}
