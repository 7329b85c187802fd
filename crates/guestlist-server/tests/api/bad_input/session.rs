//! Time limits of sessions.

use std::time::Duration;

use guestlist::{Lifetimes, Strategy};

use super::ME;
use crate::test_app::TestApp;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const ADA: &str = "ada@example.com";

/// An application whose access tokens outlive every session, so that only the session's own limits
/// end it.
async fn app(strategy: Strategy) -> TestApp {
    let lifetimes = Lifetimes {
        access_database: 90 * DAY,
        access_jwt: 90 * DAY,
        ..Lifetimes::default()
    };
    let app = TestApp::settled(|builder| builder.strategy(strategy).lifetimes(lifetimes)).await;
    app.signed_in(ADA).await;
    app
}

/// SE12
#[tokio::test]
async fn a_session_ends_after_a_week_without_use() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = app(strategy).await;
        let held = app.open(ADA).await;
        app.clock.advance(7 * DAY - SECOND);
        assert_eq!(app.get(ME, Some(&held.access)).await.status, 200);
        app.clock.advance(7 * DAY - SECOND);
        assert_eq!(
            app.get(ME, Some(&held.access)).await.status,
            200,
            "a use prolongs the session"
        );
        app.clock.advance(7 * DAY);
        app.get(ME, Some(&held.access))
            .await
            .refused(401, "invalid_token");
        assert_eq!(app.refresh(&held.refresh).await.status, 400);
    }
}

/// SE12
#[tokio::test]
async fn a_session_in_daily_use_ends_after_thirty_days() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = app(strategy).await;
        let held = app.open(ADA).await;
        for _ in 1..30 {
            app.clock.advance(DAY);
            assert_eq!(app.get(ME, Some(&held.access)).await.status, 200);
        }
        app.clock.advance(DAY - SECOND);
        assert_eq!(app.get(ME, Some(&held.access)).await.status, 200);
        app.clock.advance(SECOND);
        app.get(ME, Some(&held.access))
            .await
            .refused(401, "invalid_token");
        assert_eq!(app.refresh(&held.refresh).await.status, 400);
    }
}
