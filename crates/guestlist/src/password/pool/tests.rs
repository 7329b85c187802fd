use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use super::*;
use crate::password::PasswordCost;

fn start(threads: usize, wait: Duration) -> Arc<Pool> {
    let memory = || PasswordCost::for_tests().memory();
    Arc::new(Pool::start(threads, wait, memory).expect("starts"))
}

/// Keeps one thread busy until the returned sender says so.
async fn occupy(pool: &Arc<Pool>) -> (mpsc::Sender<()>, tokio::task::JoinHandle<bool>) {
    let (release, released) = mpsc::channel();
    let (started, has_started) = mpsc::channel();
    let busy = tokio::spawn({
        let pool = Arc::clone(pool);
        async move {
            let work = move |_: &mut Memory| {
                started.send(()).expect("the test listens");
                released.recv().expect("the test releases");
            };
            pool.run(Some(Scheme::Argon2), work).await.is_ok()
        }
    });
    let begun = tokio::task::spawn_blocking(move || has_started.recv());
    begun.await.expect("no panic").expect("the thread works");
    (release, busy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_caller_went_away_is_not_computed() {
    let pool = start(1, Duration::from_secs(60));
    let computed = Arc::new(AtomicUsize::new(0));
    let (release, busy) = occupy(&pool).await;
    let count = Arc::clone(&computed);
    let deserted = pool.run(Some(Scheme::Argon2), move |_| {
        count.fetch_add(1, Ordering::SeqCst)
    });
    assert!(timeout(Duration::from_millis(20), deserted).await.is_err());
    release.send(()).expect("the thread waits");
    assert!(busy.await.expect("no panic"));
    pool.run(Some(Scheme::Argon2), |_| ())
        .await
        .expect("is computed");
    assert_eq!(computed.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_wait_too_long_is_told_so_and_not_computed() {
    let pool = start(1, Duration::from_millis(50));
    let computed = Arc::new(AtomicUsize::new(0));
    let (release, busy) = occupy(&pool).await;
    let count = Arc::clone(&computed);
    let late = pool.run(Some(Scheme::Argon2), move |_| {
        count.fetch_add(1, Ordering::SeqCst)
    });
    assert!(late.await.is_err(), "it waited for 50 ms");
    release.send(()).expect("the thread waits");
    // What was begun in time is answered, however long it takes.
    assert!(busy.await.expect("no panic"));
    let last = timeout(Duration::from_secs(5), async {
        while pool.run(Some(Scheme::Argon2), |_| ()).await.is_err() {
            tokio::task::yield_now().await;
        }
    });
    last.await.expect("the thread goes on");
    assert_eq!(computed.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_wait_too_long_by_the_pace_so_far_does_not_even_queue() {
    let pool = start(1, Duration::from_millis(100));
    let slow = |_: &mut Memory| thread::sleep(Duration::from_millis(60));
    pool.run(Some(Scheme::Argon2), slow)
        .await
        .expect("is computed");
    let (release, busy) = occupy(&pool).await;
    let mut waiting = Vec::new();
    for _ in 0..10 {
        let pool = Arc::clone(&pool);
        waiting.push(tokio::spawn(async move {
            pool.run(Some(Scheme::Argon2), |_| ()).await.is_ok()
        }));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(pool.jobs.len() <= 3, "{} wait", pool.jobs.len());
    release.send(()).expect("the thread waits");
    assert!(busy.await.expect("no panic"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_bounded() {
    let pool = start(1, Duration::from_secs(60));
    let (release, busy) = occupy(&pool).await;
    let mut refused = 0;
    let mut waiting = Vec::new();
    for _ in 0..WAITING_PER_THREAD + 20 {
        let mut job = Box::pin({
            let pool = Arc::clone(&pool);
            async move { pool.run(Some(Scheme::Argon2), |_| ()).await }
        });
        match timeout(Duration::ZERO, &mut job).await {
            Ok(outcome) => refused += usize::from(outcome.is_err()),
            Err(_) => waiting.push(job),
        }
    }
    assert_eq!((refused, waiting.len()), (20, WAITING_PER_THREAD));
    release.send(()).expect("the thread waits");
    assert!(busy.await.expect("no panic"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_panics_takes_no_thread_with_it() {
    let pool = start(1, Duration::from_secs(5));
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let panicked = pool.run(Some(Scheme::Argon2), |_| panic!("a job")).await;
    std::panic::set_hook(hook);
    let panicked: Result<(), _> = panicked;
    assert!(panicked.is_err(), "nobody is told what was not computed");
    assert!(
        pool.run(Some(Scheme::Argon2), |_| 7)
            .await
            .is_ok_and(|seven| seven == 7)
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_threads_stand_behind_those_that_serve() {
    let pool = start(1, Duration::from_secs(5));
    let niceness = |_: &mut Memory| {
        let this = rustix::thread::gettid();
        rustix::process::getpriority_process(Some(this)).expect("answers")
    };
    let here = rustix::process::getpriority_process(Some(rustix::thread::gettid()));
    let here = here.expect("answers");
    let there = pool.run(Some(Scheme::Argon2), niceness).await;
    // This test may itself run under `nice`.
    assert_eq!(there.expect("is computed"), (here + NICENESS).min(19));
}
