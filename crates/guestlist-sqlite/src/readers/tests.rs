use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;

use super::*;

/// Counts for minutes unless it is interrupted.
const FOR_MINUTES: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000)
    SELECT count(*) FROM n";

fn readers(threads: usize, waiting: u32) -> Readers {
    let connections = (0..threads).map(|_| Connection::open_in_memory().expect("opens"));
    Readers::start("test", connections.collect(), waiting, QueueFull::Lists).expect("starts")
}

async fn one(readers: &Readers) -> Result<i64, StoreError> {
    let one = |connection: &Connection| connection.query_row("SELECT 1", (), |row| row.get(0));
    readers.ask(one).await
}

/// A query that runs until the returned sender is dropped.
async fn occupy(
    readers: &Readers,
) -> (
    mpsc::Sender<()>,
    impl Future<Output = Result<(), StoreError>> + '_,
) {
    let (release, released) = mpsc::channel::<()>();
    let (begun, has_begun) = oneshot::channel();
    let mut query = Box::pin(readers.ask(move |_| {
        let _ = begun.send(());
        let _ = released.recv();
        Ok(())
    }));
    assert!((&mut query).now_or_never().is_none());
    has_begun.await.expect("begins");
    (release, query)
}

#[tokio::test]
async fn the_query_after_the_last_that_may_wait_is_refused_at_once() {
    let readers = readers(1, 2);
    let (release, running) = occupy(&readers).await;
    let (mut first, mut second) = (Box::pin(one(&readers)), Box::pin(one(&readers)));
    assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
    let refused = one(&readers).await.expect_err("is refused");
    assert_eq!(QueueFull::in_causes_of(&refused), Some(QueueFull::Lists));
    drop(release);
    assert!(running.await.is_ok());
    assert_eq!(first.await.expect("is answered"), 1);
    assert_eq!(second.await.expect("is answered"), 1);
}

#[tokio::test]
async fn a_query_that_is_given_up_before_it_began_leaves_its_place_and_never_runs() {
    let readers = readers(1, 1);
    let (release, running) = occupy(&readers).await;
    let (ran, has_run) = mpsc::channel::<()>();
    let mut waiting = Box::pin(readers.ask(move |_| {
        let _ = ran.send(());
        Ok(())
    }));
    assert!((&mut waiting).now_or_never().is_none());
    drop(waiting);
    assert!(has_run.try_recv().is_err(), "the query is gone");
    let mut next = Box::pin(one(&readers));
    assert!(
        (&mut next).now_or_never().is_none(),
        "there is a place again"
    );
    drop(release);
    assert!(running.await.is_ok());
    assert_eq!(next.await.expect("is answered"), 1);
    assert!(has_run.recv().is_err(), "it did not run");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the real time is what is tested")]
async fn a_query_that_is_given_up_while_it_runs_is_interrupted() {
    let readers = readers(1, 8);
    let (begun, has_begun) = oneshot::channel();
    let mut running = Box::pin(readers.ask(move |connection| {
        let _ = begun.send(());
        connection.query_row(FOR_MINUTES, (), |row| row.get::<_, i64>(0))
    }));
    assert!((&mut running).now_or_never().is_none());
    has_begun.await.expect("begins");
    // The statement runs by now. Or it begins a moment after its caller gave up, and there is
    // nothing to interrupt yet.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let given_up = Instant::now();
    drop(running);
    assert_eq!(one(&readers).await.expect("is answered"), 1);
    assert!(given_up.elapsed() < Duration::from_secs(20));
}

/// Each query that must not be interrupted counts for a while, so that a late interruption would
/// often hit it.
#[tokio::test]
async fn an_interruption_never_hits_the_next_query() {
    const SHORT: &str = "
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        SELECT count(*) FROM n";
    let readers = readers(1, 64);
    let count = |sql: &'static str| {
        readers.ask(move |connection| connection.query_row(sql, (), |row| row.get::<_, i64>(0)))
    };
    for round in 0..2_000 {
        let mut given_up = Box::pin(count(SHORT));
        let _ = (&mut given_up).now_or_never();
        let mut kept = Box::pin(count(SHORT));
        let answered = (&mut kept).now_or_never();
        if round % 3 > 0 {
            thread::sleep(Duration::from_micros(round % 97));
        }
        drop(given_up);
        let answered = match answered {
            Some(answered) => answered,
            None => kept.await,
        };
        assert_eq!(answered.expect("is not interrupted"), 2_000);
    }
}

#[tokio::test]
async fn a_query_that_panics_fails_and_the_next_one_is_answered() {
    let readers = readers(1, 8);
    let panics = readers.ask(|_| -> rusqlite::Result<()> { panic!("on purpose") });
    assert!(matches!(panics.await, Err(StoreError::Failed(_))));
    assert_eq!(one(&readers).await.expect("is answered"), 1);
}
