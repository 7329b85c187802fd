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

/// Keeps one thread busy until the returned sender sends.
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

async fn run_expensive<T: Send + 'static>(
    pool: &Pool,
    work: impl FnOnce(&mut Memory) -> T + Send + 'static,
) -> Result<T, TooBusy> {
    pool.place(true)?.run(Some(Scheme::Pbkdf2), work).await
}

async fn run_in<T: Send + 'static>(
    lane: &Lane,
    work: impl FnOnce(&mut Memory) -> T + Send + 'static,
) -> Result<T, TooBusy> {
    lane.place(Duration::from_secs(60))?.run(None, work).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_whose_caller_has_gone_away_is_not_run() {
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
async fn a_job_that_waited_too_long_is_refused_and_not_run() {
    let pool = start(1, Duration::from_millis(50));
    let computed = Arc::new(AtomicUsize::new(0));
    let (release, busy) = occupy(&pool).await;
    let count = Arc::clone(&computed);
    let late = pool.run(Some(Scheme::Argon2), move |_| {
        count.fetch_add(1, Ordering::SeqCst)
    });
    assert!(late.await.is_err(), "it waited for 50 ms");
    release.send(()).expect("the thread waits");
    // A job that was started in time is answered, however long it takes.
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
async fn a_job_that_would_wait_too_long_is_not_even_queued() {
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
    assert!(pool.usual.jobs.len() <= 3, "{} wait", pool.usual.jobs.len());
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
async fn a_job_that_panics_does_not_end_its_thread() {
    let pool = start(1, Duration::from_secs(5));
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let panicked = pool.run(Some(Scheme::Argon2), |_| panic!("a job")).await;
    std::panic::set_hook(hook);
    let panicked: Result<(), _> = panicked;
    assert!(panicked.is_err(), "the caller gets an error");
    assert!(
        pool.run(Some(Scheme::Argon2), |_| 7)
            .await
            .is_ok_and(|seven| seven == 7)
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_threads_have_a_lower_priority() {
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

#[tokio::test(flavor = "multi_thread")]
async fn expensive_jobs_run_one_at_a_time_and_delay_no_other_job() {
    let pool = start(2, Duration::from_secs(60));
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (release, released) = flume::unbounded();
    let mut expensive = Vec::new();
    for _ in 0..6 {
        let (pool, running, most) = (Arc::clone(&pool), Arc::clone(&running), Arc::clone(&most));
        let released: flume::Receiver<()> = released.clone();
        expensive.push(tokio::spawn(async move {
            let work = move |_: &mut Memory| {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                released.recv().expect("the test releases");
                running.fetch_sub(1, Ordering::SeqCst);
            };
            run_expensive(&pool, work).await.is_ok()
        }));
    }
    while running.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    // None of these waits for the expensive job that is running.
    for number in 0..40 {
        let answer = pool.run(Some(Scheme::Argon2), move |_| number).await;
        assert_eq!(answer.expect("is computed"), number);
    }
    assert_eq!(running.load(Ordering::SeqCst), 1);
    for _ in 0..6 {
        release.send(()).expect("the jobs listen");
    }
    for expensive in expensive {
        assert!(expensive.await.expect("no panic"));
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expensive_job_does_not_change_the_pace_of_the_others_and_waits_no_longer() {
    let pool = start(1, Duration::from_millis(100));
    let slow = |_: &mut Memory| thread::sleep(Duration::from_millis(300));
    let first = run_expensive(&pool, slow);
    let second = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        run_expensive(&pool, |_| ()).await
    };
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok(), "a started job is answered");
    assert!(second.is_err(), "it waited for 100 ms");
    assert_eq!(pool.usual.pace.of(1), Duration::ZERO);
    assert!(pool.expensive.pace.of(1) >= Duration::from_millis(300));
}

/// Returns how many blocks of memory the lane's thread holds after a job that hashes nothing.
async fn held(lane: &Lane) -> usize {
    let held = run_in(lane, |memory: &mut Memory| memory.held());
    held.await.expect("is computed")
}

async fn hash(lane: &Lane) {
    let hash = run_in(lane, |memory: &mut Memory| {
        PasswordCost::for_tests().hash(b"exemplary", memory)
    });
    hash.await.expect("is computed").expect("hashes");
}

fn lane(kept: Duration) -> Lane {
    let memory = || PasswordCost::for_tests().memory();
    Lane::start(vec!["lane".to_owned()], kept, memory).expect("starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_without_a_job_frees_its_memory() {
    let keeps = lane(Duration::from_secs(600));
    hash(&keeps).await;
    assert!(held(&keeps).await > 0);
    let gives_back = lane(Duration::ZERO);
    hash(&gives_back).await;
    // Without this wait, the thread may get the next job before it frees its memory.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(held(&gives_back).await, 0);
    hash(&gives_back).await;
}
