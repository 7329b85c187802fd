//! Sessions at their limits.

use std::time::Duration;

use guestlist::{Lifetimes, Strategy};

use super::ME;
use crate::test_app::TestApp;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const ADA: &str = "ada@example.com";

/// A door whose access tokens outlive every session, so that nothing but the session's own limits ends
/// one.
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
async fn a_session_that_nobody_uses_for_a_week_is_over() {
    for strategy in [Strategy::Database, Strategy::Jwt] {
        let app = app(strategy).await;
        let held = app.open(ADA).await;
        app.clock.advance(7 * DAY - SECOND);
        assert_eq!(app.get(ME, Some(&held.access)).await.status, 200);
        app.clock.advance(7 * DAY - SECOND);
        assert_eq!(
            app.get(ME, Some(&held.access)).await.status,
            200,
            "was used"
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
async fn a_session_that_is_used_every_day_is_over_after_thirty() {
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
