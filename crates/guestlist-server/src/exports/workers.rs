//! The threads that spell exports. They stand behind the threads that serve.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    thread,
};

use guestlist::StoreError;
use tokio::sync::oneshot;

use super::lock;

type Work = Box<dyn FnOnce() + Send>;

/// A tenth of the share of a thread that serves, if both want the same core: an export has time.
const NICENESS: i32 = 10;

/// So many threads, which are started with the first work and end when this is dropped.
pub(super) struct Workers {
    threads: usize,
    queue: Mutex<Option<flume::Sender<Work>>>,
}

impl Workers {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            threads,
            queue: Mutex::default(),
        }
    }

    /// Does that on one of the threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move || {
            // Nobody to tell is no reason to stop.
            let _ = answer.send(work());
        });
        let queue = self.queue().map_err(StoreError::failed)?;
        queue.send(work).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }

    fn queue(&self) -> io::Result<flume::Sender<Work>> {
        let mut queue = lock(&self.queue);
        if let Some(started) = &*queue {
            return Ok(started.clone());
        }
        let (sender, works) = flume::unbounded::<Work>();
        for number in 1..=self.threads {
            let works = works.clone();
            thread::Builder::new()
                .name(format!("exports-{number}"))
                .spawn(move || {
                    step_back();
                    for work in works {
                        // Work that panics is not answered; the thread goes on.
                        let _ = catch_unwind(AssertUnwindSafe(work));
                    }
                })?;
        }
        Ok(queue.insert(sender).clone())
    }
}

fn gone() -> StoreError {
    StoreError::failed("a batch of an export could not be spelled")
}

/// Lets those that serve go first. On Linux a niceness is a thread's own; elsewhere it would be the process's, and is
/// left alone.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        let this = rustix::thread::gettid();
        // If it is not allowed, exports compete with serving.
        let _ = rustix::process::setpriority_process(Some(this), NICENESS);
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers")
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_panics_fails_and_the_next_is_done() {
        let workers = Workers::new(1);
        let panics = workers.run(|| -> u8 { panic!("on purpose") }).await;
        assert!(matches!(panics, Err(StoreError::Failed(_))));
        assert_eq!(workers.run(|| 7).await.expect("is done"), 7);
    }
}
