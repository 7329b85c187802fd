//! Threads that serialize exports. They have a lower priority than the threads that serve requests.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    thread,
};

use guestlist::StoreError;
use tokio::sync::oneshot;

use crate::lock::lock;

type Work = Box<dyn FnOnce() + Send>;

/// The niceness of the threads. On a busy core they get about a tenth of the CPU time of a serving
/// thread.
const NICENESS: i32 = 10;

/// A fixed number of threads. They start with the first work and end when this is dropped.
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

    /// Runs the work on one of the threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move || {
            // The result is ignored if the caller is gone.
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
                        // If work panics, its caller gets an error and the thread continues.
                        let _ = catch_unwind(AssertUnwindSafe(work));
                    }
                })?;
        }
        Ok(queue.insert(sender).clone())
    }
}

fn gone() -> StoreError {
    StoreError::failed("cannot serialize a batch of an export")
}

/// Lowers the priority of this thread. Only on Linux: there the niceness belongs to a thread,
/// elsewhere to the whole process.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        let this = rustix::thread::gettid();
        // If this is not permitted, exports compete with serving.
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
    async fn work_that_panics_fails_and_the_next_work_runs() {
        let workers = Workers::new(1);
        let panics = workers.run(|| -> u8 { panic!("on purpose") }).await;
        assert!(matches!(panics, Err(StoreError::Failed(_))));
        assert_eq!(workers.run(|| 7).await.expect("is done"), 7);
    }
}
