//! `/.well-known/jwks.json` (RFC 7517, section 5).

use crate::test_app::TestApp;

/// The door of these tests signs with HS256, whose key is nobody's to read.
#[tokio::test]
async fn no_symmetric_key_is_published() {
    let app = TestApp::start().await;
    let answer = app.get("/.well-known/jwks.json", None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/jwk-set+json")
    );
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.text(), r#"{"keys":[]}"#);
}
