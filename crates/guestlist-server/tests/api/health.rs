//! `/health`.

use axum::http::Method;

use crate::test_app::TestApp;

#[tokio::test]
async fn a_node_that_runs_is_live_and_ready() {
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
async fn they_are_only_to_be_read() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/ready"] {
        let answer = app.request(Method::POST, path, None, None).await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET,HEAD"));
    }
}
