//! Lists are limited in number, leave connections for other statements, and are cancelled when
//! their caller has gone.

use std::time::Duration;

use futures_util::future::join_all;
use guestlist::{QueueFull, ReadLimits, StoreError};
use guestlist_postgres::{Database, tokio_postgres::Client};
use tokio::time::{Instant, sleep, timeout};

use crate::schema;

/// Soon, even on a machine whose cores are all busy.
const SOON: Duration = Duration::from_millis(1_500);

/// A list query that takes this long, with a mark that tells it from those of other tests.
fn list(mark: &str, seconds: f32) -> String {
    format!("SELECT 1 /* {mark} */ FROM pg_sleep({seconds})")
}

async fn running(other: &Client, mark: &str) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity
        WHERE state = 'active' AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()";
    let row = other.query_one(sql, &[&format!("/* {mark} */")]).await;
    row.expect("counts").get(0)
}

/// Waits until this number of queries with the mark run.
async fn until_running(url: &str, mark: &str, number: i64) {
    let other = schema::connected(url).await;
    let until = async {
        while running(&other, mark).await != number {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let ended = timeout(Duration::from_secs(10), until).await;
    ended.unwrap_or_else(|_| panic!("the number of running {mark} queries never was {number}"));
}

/// Opens a database with a statement timeout of a minute.
async fn patient(pool_size: u32, lists_waiting: u32) -> Option<(String, Database)> {
    let url = schema::of_this_test().await?;
    let minute = "options=-cstatement_timeout%3D60000%20-c";
    let patient = url.replace("options=-c", minute) + &format!("&pool_size={pool_size}");
    let limits = ReadLimits {
        lists_waiting,
        ..ReadLimits::default()
    };
    let database = Database::open_with(&patient, limits).await.expect("opens");
    Some((url, database))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_whose_caller_has_gone_is_cancelled_and_frees_its_connection() {
    let Some((url, database)) = patient(1, 8).await else {
        return;
    };
    for round in 0..3 {
        let mark = format!("gone {round}");
        let sql = list(&mark, 50.0);
        let given_up = tokio::spawn({
            let database = database.clone();
            async move { database.list(&sql, &[]).await.map(drop) }
        });
        until_running(&url, &mark, 1).await;
        given_up.abort();
        let began = Instant::now();
        // The pool has one connection, which a change needs, too.
        let changed = database.change("SELECT 1", &[]).await;
        assert!(changed.is_ok(), "{changed:?}");
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        until_running(&url, &mark, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_takes_too_long_is_cancelled_too() {
    let Some((url, database)) = patient(2, 8).await else {
        return;
    };
    let slow = database.list(&list("slow", 50.0), &[]).await;
    assert!(matches!(slow, Err(StoreError::Failed(_))), "{slow:?}");
    until_running(&url, "slow", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_take_half_of_the_pool_and_a_bounded_number_waits() {
    let Some((url, database)) = patient(4, 3).await else {
        return;
    };
    let sql = list("many", 1.0);
    let many = (0..12).map(|_| database.list(&sql, &[]));
    let changes = async {
        until_running(&url, "many", 2).await;
        let began = Instant::now();
        for _ in 0..10 {
            database.change("SELECT 1", &[]).await.expect("is done");
            let found = database.find("SELECT 1", &[]).await;
            assert!(found.expect("is found").is_some());
        }
        began.elapsed()
    };
    let (many, took) = tokio::join!(join_all(many), changes);
    assert!(took < SOON, "{took:?}");
    let full = many.iter().filter(|list| {
        let full = list
            .as_ref()
            .err()
            .and_then(|error| QueueFull::in_causes_of(error));
        full == Some(QueueFull::Lists)
    });
    assert_eq!(full.count(), 12 - 2 - 3, "{many:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lookups_above_the_queue_limit_are_refused_at_once() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let limits = ReadLimits {
        lookups_waiting: 5,
        ..ReadLimits::default()
    };
    let database = Database::open_with(&url, limits).await.expect("opens");
    let many = (0..20).map(|_| database.find("SELECT 1 FROM pg_sleep(0.1)", &[]));
    let many = join_all(many).await;
    let refused = many.iter().filter_map(|found| found.as_ref().err());
    let full = refused.filter(|error| QueueFull::in_causes_of(*error) == Some(QueueFull::Lookups));
    assert_eq!(full.count(), 15, "{many:?}");
}

/// The next statement on the connection must not wait for the cancelled one, and must not be
/// cancelled in its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_cancelled_at_any_moment_does_not_affect_the_next_one() {
    let Some((_, database)) = patient(2, 100).await else {
        return;
    };
    let short = list("short", 0.02);
    for round in 0..60_u64 {
        let time = Duration::from_millis(round % 30);
        let _ = timeout(time, database.list(&short, &[])).await;
        let kept = timeout(SOON, database.list("SELECT 1", &[])).await;
        assert_eq!(kept.expect("is soon").expect("is answered").len(), 1);
    }
}
