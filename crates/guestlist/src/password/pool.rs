//! The threads that hash: apart from those that serve, a fixed number of them behind a bounded queue.
//!
//! Each thread keeps its working memory, so that the process does not grow with the number of
//! people who sign in at once.

use std::{
    fmt,
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use tokio::sync::oneshot;

use super::schemes::Memory;

/// So many jobs may wait for each thread: about a second and a half at 20 ms a hash.
const WAITING_PER_THREAD: usize = 64;

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// Runs work on the hashing threads, which end when it is dropped.
pub(crate) struct Pool {
    jobs: flume::Sender<Job>,
}

/// Too many jobs are waiting.
#[derive(Debug)]
pub(crate) struct QueueFull;

impl Pool {
    /// One thread a core.
    pub(crate) fn start() -> std::io::Result<Self> {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_threads(threads, threads * WAITING_PER_THREAD)
    }

    fn with_threads(threads: usize, waiting: usize) -> std::io::Result<Self> {
        let (jobs, queue) = flume::bounded::<Job>(waiting);
        for number in 1..=threads {
            let queue = queue.clone();
            thread::Builder::new()
                .name(format!("guestlist-hash-{number}"))
                .spawn(move || {
                    let mut memory = Memory::default();
                    while let Ok(job) = queue.recv() {
                        // A job that panics is not answered; the thread goes on.
                        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
                    }
                })?;
        }
        Ok(Self { jobs })
    }

    /// What the work comes to. A job whose caller has gone away is not computed.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, QueueFull> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            if !answer.is_closed() {
                // Nobody to tell is no reason to stop.
                let _ = answer.send(work(memory));
            }
        });
        self.jobs.try_send(job).map_err(|_| QueueFull)?;
        answered.await.map_err(|_| QueueFull)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("waiting", &self.jobs.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_queue_turns_work_away_and_deserted_jobs_are_not_computed() {
        let pool = Arc::new(Pool::with_threads(1, 1).expect("starts"));
        let (started, has_started) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let computed = Arc::new(AtomicUsize::new(0));
        let busy = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move {
                pool.run(move |_| {
                    started.send(()).expect("the test listens");
                    released.recv().expect("the test releases");
                })
                .await
            }
        });
        has_started.recv().expect("the thread works");
        let count = Arc::clone(&computed);
        let deserted = pool.run(move |_| count.fetch_add(1, Ordering::SeqCst));
        let deserted = tokio::time::timeout(std::time::Duration::from_millis(20), deserted).await;
        assert!(deserted.is_err(), "it waits behind the first");
        assert!(pool.run(|_| ()).await.is_err(), "the queue holds one");
        release.send(()).expect("the thread waits");
        busy.await.expect("no panic").expect("computed");
        while pool.run(|_| ()).await.is_err() {
            tokio::task::yield_now().await;
        }
        assert_eq!(computed.load(Ordering::SeqCst), 0);
    }
}
