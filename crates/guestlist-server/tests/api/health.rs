//! `/health`.

use axum::http::Method;

use crate::test_app::TestApp;

#[tokio::test]
async fn a_running_node_is_live_and_ready() {
    let app = TestApp::start().await;
    for (path, says) in [("/health/live", "live\n"), ("/health/ready", "ready\n")] {
        let answer = app.get(path, None).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text().as_str()),
            (200, says)
        );
    }
}

#[tokio::test]
async fn other_methods_than_get_are_405() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/ready"] {
        let answer = app.request(Method::POST, path, None, None).await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    }
}
