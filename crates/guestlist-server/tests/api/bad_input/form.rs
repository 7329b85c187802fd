//! Forms at the sign-in of the FastAPI book, which answers 422 instead of 400. The token endpoint
//! has tests of its own.

use axum::http::Method;

use crate::test_app::TestApp;

const PATH: &str = "/user/signin";

#[tokio::test]
async fn a_malformed_form_is_422() {
    let app = TestApp::start().await;
    app.signed_in("ada@example.com").await;
    let many: String = (0..10_000).map(|n| format!("{n}=&")).collect();
    for (label, form) in [
        (
            "FM01",
            "username=ada@example.com&username=b&password=exemplary",
        ),
        (
            "FM01",
            "username=ada@example.com&password=exemplary&password=exemplary",
        ),
        (
            "FM03",
            "grant_type=Password&username=ada@example.com&password=exemplary",
        ),
        (
            "FM03",
            "grant_type=implicit&username=ada@example.com&password=exemplary",
        ),
        ("FM06", "username=%zz&password=exemplary"),
        ("FM06", "username=ada@example.com&password=%"),
        ("FM06", "username=%u0041&password=exemplary"),
        ("FM08", "username=%E9&password=exemplary"),
        ("FM09", many.as_str()),
        ("FM13", "username[$ne]=x&password[$ne]=x"),
        ("FM13", "username[]=ada@example.com&password[]=exemplary"),
        ("FM14", "username=ada@example.com;password=exemplary"),
    ] {
        let answer = app.form(PATH, form).await;
        assert_eq!(answer.status, 422, "{label} {form}");
        assert!(answer.json()["detail"].is_array(), "{label}");
    }
}

#[tokio::test]
async fn a_large_form_is_413() {
    let app = TestApp::start().await;
    let large = format!("{}=x", "k".repeat(1 << 20));
    assert_eq!(app.form(PATH, large.as_str()).await.status, 413);
    let headers = [("content-type", "multipart/form-data; boundary=X")];
    let answer = app.with_headers(Method::POST, PATH, &headers, large).await;
    assert_eq!(answer.status, 413);
}

/// FM08
#[tokio::test]
async fn bytes_of_another_encoding_are_422() {
    let app = TestApp::start().await;
    let form = b"username=\xe9&password=exemplary".to_vec();
    assert_eq!(app.form(PATH, form).await.status, 422);
    let body = b"--X\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\n\xe9\r\n--X--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=X")];
    let answer = app
        .with_headers(Method::POST, PATH, &headers, body.to_vec())
        .await;
    assert_eq!(answer.status, 422);
}

/// FM10, FM11
#[tokio::test]
async fn the_query_is_not_read() {
    let app = TestApp::start().await;
    app.signed_in("ada@example.com").await;
    let query = "username=ada@example.com&password=exemplary";
    let answer = app.form(&format!("{PATH}?{query}"), "").await;
    assert_eq!(answer.status, 422);
    let answer = app.get(&format!("{PATH}?{query}"), None).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow"), Some("POST"));
}
