//! `/api/v1/token`: every response has the format of RFC 6749, sections 5.1 and 5.2.

mod introspect;
mod refresh;
mod revoke;

use axum::http::Method;

use crate::test_app::{Answer, PASSWORD, TestApp};

const PATH: &str = "/api/v1/token";
const FORM: &str = "application/x-www-form-urlencoded";
const ADA: &str = "grant_type=password&username=ada@example.com&password=exemplary";

async fn app_of_ada() -> TestApp {
    let app = TestApp::start().await;
    app.signed_in("ada@example.com").await;
    app
}

/// Asserts what holds for every response.
#[track_caller]
fn assert_not_cached(answer: &Answer) {
    assert_eq!(
        answer.header("cache-control"),
        Some("no-store"),
        "{answer:?}"
    );
    assert_eq!(answer.header("pragma"), Some("no-cache"), "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/json"),
        "{answer:?}"
    );
}

/// Asserts what holds for every refusal.
#[track_caller]
pub(super) fn assert_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_not_cached(answer);
    let body = answer.json();
    let body = body.as_object().expect("is an object");
    assert_eq!(
        body.keys().collect::<Vec<_>>(),
        ["error", "error_description"]
    );
    assert_eq!(body["error"], error, "{body:?}");
    let description = body["error_description"].as_str().expect("is a string");
    let printable = |b: u8| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\';
    assert!(
        !description.is_empty() && description.bytes().all(printable),
        "{description}"
    );
}

mod success {
    use super::*;

    /// RFC 6749, section 5.1
    #[tokio::test]
    async fn a_password_gets_a_token() {
        let app = app_of_ada().await;
        let answer = app.form(PATH, ADA).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_not_cached(&answer);
        let body = answer.json();
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(4));
        assert_eq!(
            (&body["token_type"], &body["expires_in"]),
            (&"Bearer".into(), &86_400.into())
        );
        let token = body["access_token"].as_str().expect("is a string");
        assert_eq!(
            app.get("/api/v1/me", Some(token)).await.json()["email"],
            "ada@example.com"
        );
    }

    /// RFC 6749, section 3.2: an unknown parameter is ignored, and an empty one counts as missing.
    #[tokio::test]
    async fn unknown_and_empty_fields_are_ignored() {
        let app = app_of_ada().await;
        for more in [
            "scope=",
            "client_id=me",
            "client_secret=",
            "resource=x&foo=bar",
            "&&",
        ] {
            let answer = app.form(PATH, format!("{ADA}&{more}")).await;
            assert_eq!(answer.status, 200, "{more}");
        }
        let answer = app.form(&format!("{PATH}?foo=bar"), ADA).await;
        assert_eq!(answer.status, 200);
    }

    #[tokio::test]
    async fn empty_basic_credentials_are_ignored() {
        let app = app_of_ada().await;
        for authorization in ["Basic Og==", "basic Og==", "Bearer whatever"] {
            let headers = [("content-type", FORM), ("authorization", authorization)];
            let answer = app.with_headers(Method::POST, PATH, &headers, ADA).await;
            assert_eq!(answer.status, 200, "{authorization}");
        }
    }
}

mod refusal {
    use super::*;

    /// RFC 6749, sections 3.2, 4.3 and 5.2: `invalid_request`, `unsupported_grant_type`,
    /// `invalid_scope`. `unauthorized_client` never occurs, because there are no registered
    /// clients.
    #[tokio::test]
    async fn the_error_code_names_what_is_wrong_with_the_form() {
        let app = app_of_ada().await;
        let long_scope = format!("{ADA}&scope={}", "a".repeat(60_000));
        for (form, error) in [
            ("", "invalid_request"),
            ("grant_type=password", "invalid_request"),
            (
                "grant_type=password&username=ada@example.com",
                "invalid_request",
            ),
            ("grant_type=password&password=exemplary", "invalid_request"),
            (
                "grant_type=password&username=ada@example.com&password=",
                "invalid_request",
            ),
            (
                "username=ada@example.com&password=exemplary",
                "invalid_request",
            ),
            // FM01
            (
                "grant_type=password&username=a&username=b&password=c",
                "invalid_request",
            ),
            (
                "grant_type=password&grant_type=password&username=a&password=c",
                "invalid_request",
            ),
            (
                "grant_type=password&username=a&password=c&scope=x&scope=x",
                "invalid_request",
            ),
            // FM03
            (
                "grant_type=&username=ada@example.com&password=exemplary",
                "invalid_request",
            ),
            (
                "grant_type=Password&username=ada@example.com&password=exemplary",
                "unsupported_grant_type",
            ),
            ("grant_type=client_credentials", "unsupported_grant_type"),
            (
                "grant_type=implicit&username=a&password=b",
                "unsupported_grant_type",
            ),
            (
                "grant_type=authorization_code&code=x",
                "unsupported_grant_type",
            ),
            ("grant_type=refresh_token", "invalid_request"),
            ("grant_type=refresh_token&refresh_token=", "invalid_request"),
            (
                "grant_type=refresh_token&refresh_token=x&refresh_token=x",
                "invalid_request",
            ),
            ("grant_type=refresh_token&refresh_token=x", "invalid_grant"),
            // FM06
            (
                "grant_type=password&username=%zz&password=c",
                "invalid_request",
            ),
            (
                "grant_type=password&username=a%&password=c",
                "invalid_request",
            ),
            (
                "grant_type=password&username=%u0041&password=c",
                "invalid_request",
            ),
            // FM08
            (
                "grant_type=password&username=%E9&password=c",
                "invalid_request",
            ),
            // FM12
            (
                "grant_type=password&username=ada@example.com&password=exemplary&scope=a+b++c",
                "invalid_scope",
            ),
            (
                "grant_type=password&username=ada@example.com&password=exemplary&scope=%22",
                "invalid_scope",
            ),
            (&long_scope, "invalid_scope"),
            // FM13
            (
                "grant_type=password&username[$ne]=x&password[$ne]=x",
                "invalid_request",
            ),
            (
                "grant_type=password&username[]=ada@example.com&password=exemplary",
                "invalid_request",
            ),
            // FM14
            (
                "grant_type=password&username=ada@example.com;password=exemplary",
                "invalid_request",
            ),
            (
                "grant_type=password;username=ada@example.com;password=exemplary",
                "unsupported_grant_type",
            ),
        ] {
            assert_refused(&app.form(PATH, form).await, 400, error);
        }
    }

    /// RFC 6749, section 5.2: every refused sign-in gets the same body.
    #[tokio::test]
    async fn every_refused_sign_in_gets_the_same_response() {
        let app = app_of_ada().await;
        app.signed_in("disabled@example.com").await;
        let disabled = app.user("disabled@example.com").await.id;
        app.app
            .guestlist
            .disable_user(disabled)
            .await
            .expect("disables");
        let mut answers = Vec::new();
        for (username, password) in [
            ("ada@example.com", "Exemplary"),
            ("nobody@example.com", PASSWORD),
            ("disabled@example.com", PASSWORD),
            ("no+address", PASSWORD),
            ("%F0%9F%A6%80", PASSWORD),
        ] {
            let form = format!("grant_type=password&username={username}&password={password}");
            let answer = app.form(PATH, form).await;
            assert_refused(&answer, 400, "invalid_grant");
            assert_eq!(answer.header("www-authenticate"), None);
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id");
            answers.push((headers, answer.body));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    }

    /// RFC 6749, section 5.2: `invalid_client`
    #[tokio::test]
    async fn client_credentials_are_401_with_a_basic_challenge() {
        let app = app_of_ada().await;
        for authorization in [
            "Basic dXNlcjpwYXNz",
            "basic dXNlcjpwYXNz",
            "Basic !",
            "Basic OmE=",
            "Basic ",
        ] {
            let headers = [("content-type", FORM), ("authorization", authorization)];
            let answer = app.with_headers(Method::POST, PATH, &headers, ADA).await;
            assert_refused(&answer, 401, "invalid_client");
            let challenge = answer.header("www-authenticate").expect("is there");
            assert!(challenge.starts_with("Basic realm="), "{challenge}");
        }
        let answer = app
            .form(PATH, format!("{ADA}&client_id=me&client_secret=mine"))
            .await;
        assert_refused(&answer, 401, "invalid_client");
    }

    #[tokio::test]
    async fn two_authorization_headers_are_refused() {
        let app = app_of_ada().await;
        let headers = [
            ("content-type", FORM),
            ("authorization", "Basic Og=="),
            ("authorization", "Basic Og=="),
        ];
        let answer = app.with_headers(Method::POST, PATH, &headers, ADA).await;
        assert_refused(&answer, 400, "invalid_request");
    }

    /// FM10
    #[tokio::test]
    async fn credentials_in_the_query_are_refused() {
        let app = app_of_ada().await;
        for (query, form) in [
            (
                "username=ada@example.com",
                "grant_type=password&password=exemplary",
            ),
            (
                "password=exemplary",
                "grant_type=password&username=ada@example.com",
            ),
            ("username=ada@example.com", ADA),
            ("access_token=x", ADA),
            ("client_secret=x", ADA),
            ("refresh_token=x", "grant_type=refresh_token"),
            ("token=x", ADA),
        ] {
            let answer = app.form(&format!("{PATH}?{query}"), form).await;
            assert_refused(&answer, 400, "invalid_request");
        }
    }

    /// FM11, RFC 6749, section 3.2
    #[tokio::test]
    async fn other_methods_are_405_with_allow() {
        let app = app_of_ada().await;
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"] {
            let method = Method::from_bytes(method.as_bytes()).expect("is a method");
            let path = format!("{PATH}?{ADA}");
            let answer = app.request(method, &path, None, None).await;
            assert_refused(&answer, 405, "invalid_request");
            assert_eq!(answer.header("allow"), Some("POST"));
        }
    }

    /// FM05
    #[tokio::test]
    async fn other_media_types_are_415() {
        let app = app_of_ada().await;
        for mime in [
            "application/json",
            "multipart/form-data; boundary=X",
            "text/plain",
            "application/x-www-form-urlencoded; charset=latin-1",
            "application/x-www-form-urlencoded-x",
            "",
        ] {
            let headers = [("content-type", mime)];
            let answer = app.with_headers(Method::POST, PATH, &headers, ADA).await;
            assert_refused(&answer, 415, "invalid_request");
        }
        let answer = app.with_headers(Method::POST, PATH, &[], ADA).await;
        assert_refused(&answer, 415, "invalid_request");
    }

    #[tokio::test]
    async fn a_large_body_is_413() {
        let app = app_of_ada().await;
        let form = format!("{ADA}&scope={}", "a".repeat(100_000));
        assert_refused(&app.form(PATH, form).await, 413, "invalid_request");
    }

    #[tokio::test]
    async fn too_many_fields_are_400_and_a_large_name_is_413() {
        let app = app_of_ada().await;
        // FM09
        let many: String = (0..10_000).map(|n| format!("{n}=&")).collect();
        assert_refused(&app.form(PATH, many).await, 400, "invalid_request");
        let large = format!("{}=x&{ADA}", "k".repeat(1 << 20));
        assert_refused(&app.form(PATH, large).await, 413, "invalid_request");
    }
}
