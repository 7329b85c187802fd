//! A stopped database, and its return, at every address.

use std::time::Duration;

use axum::http::Method;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::{
    assert_unavailable,
    fixture::{FaultyApp, Fixture},
    requests::ROWS,
};
use crate::{cluster::Cluster, test_app::Answer};

/// The longest time a response may take while the database is stopped.
const AWAY_WITHIN: Duration = Duration::from_secs(2);
/// How soon the server must use the database again after its return.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// It needs no store: the keys stay cached for minutes.
const NEEDS_NO_STORE: &str = "GET /.well-known/jwks.json";
/// Pages of a signed-in user.
const PAGES: [&str; 5] = [
    "/",
    "/account",
    "/account/password",
    "/events/new",
    "/events/{event}",
];

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_stopped_every_address_answers_503_and_no_token_is_accepted() {
    assert_stop_and_return("postgres").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_mongodb_is_stopped_every_address_answers_503_and_no_token_is_accepted() {
    assert_stop_and_return("mongodb").await;
}

async fn assert_stop_and_return(engine: &'static str) {
    let Some(cluster) = Cluster::start(engine) else {
        return;
    };
    let faulty = FaultyApp::on(&cluster.url(), ()).await;
    let mut fixtures = Vec::new();
    for row in ROWS.iter().filter(|row| row.request != NEEDS_NO_STORE) {
        fixtures.push((row, faulty.fixture().await));
    }
    let (inside, outside) = (faulty.fixture().await, faulty.fixture().await);
    let cookie = faulty.app.browsing(inside.named("email")).await.cookie;
    let cookie = [("cookie", cookie.as_str())];
    let sign_out = "/api/v1/sessions/current";
    let signed_out = faulty.app.delete(sign_out, Some(outside.named("access")));
    assert_eq!(signed_out.await.status, 204);

    cluster.run("stop");
    faulty.recovers();
    let answers = fixtures
        .iter()
        .map(|(row, fixture)| in_time(fixture.send(row)));
    for ((row, _), answer) in fixtures.iter().zip(join_all(answers).await) {
        assert_unavailable(row, &answer);
    }
    let pages = PAGES.map(|page| in_time(looked_at(&inside, page, &cookie)));
    for (page, answer) in PAGES.iter().zip(join_all(pages).await) {
        assert_eq!(answer.status, 503, "{page}: {answer:?}");
    }
    for (fixture, who) in [(&inside, "inside"), (&outside, "signed out")] {
        let me = faulty.app.get("/api/v1/me", Some(fixture.named("access")));
        in_time(me).await.refused(503, "unavailable");
        assert!(!fixture.opens("personal").await, "{who}");
    }

    cluster.run("start");
    let began = Instant::now();
    while faulty.app.get("/health/ready", None).await.status != 200 {
        assert!(
            began.elapsed() < BACK_WITHIN,
            "the server does not use the database again"
        );
        sleep(Duration::from_millis(20)).await;
    }
    faulty.recovers();
    for (row, fixture) in &fixtures {
        let answer = fixture.send(row).await;
        // A request sent just before the database stopped may have been done.
        let went_well = [row.well, row.again].contains(&answer.status.as_u16());
        assert!(went_well, "{row:?}: {answer:?}");
    }
    for page in PAGES {
        let answer = looked_at(&inside, page, &cookie).await;
        assert_eq!(answer.status, 200, "{page}: {answer:?}");
    }
    assert!(inside.opens("access").await && !outside.opens("access").await);
}

async fn looked_at(fixture: &Fixture<'_>, page: &str, cookie: &[(&str, &str)]) -> Answer {
    let page = page.replace("{event}", fixture.named("event"));
    let app = &fixture.faulty.app;
    app.with_headers(Method::GET, &page, cookie, "").await
}

async fn in_time(answer: impl Future<Output = Answer>) -> Answer {
    let began = Instant::now();
    let answer = answer.await;
    let took = began.elapsed();
    assert!(took < AWAY_WITHIN, "it took {took:?}: {answer:?}");
    answer
}
