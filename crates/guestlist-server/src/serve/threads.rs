//! The threads that serve connections. A connection stays on the thread that had the fewest
//! connections when it was accepted.

use std::{io, sync::Arc, thread};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// One thread for each core, each with its own runtime. They end when the last clone of this is
/// dropped.
///
/// A shared runtime with work stealing costs more than it gains for small answers: one thread waits
/// for all sockets and has to wake the others.
#[derive(Clone, Debug)]
pub struct Threads(Arc<[Thread]>);

#[derive(Debug)]
struct Thread {
    runtime: Handle,
    /// Shared with each connection that this thread serves; counts them.
    place: Arc<()>,
    _ends_with_this: oneshot::Sender<()>,
}

/// Held by a connection while it is served.
#[derive(Debug)]
pub(super) struct Place(
    #[expect(dead_code, reason = "its reference count is what matters")] Arc<()>,
);

impl Threads {
    /// Starts one thread for each core.
    ///
    /// # Errors
    ///
    /// If the system has no thread or no file descriptor left.
    pub fn start() -> io::Result<Self> {
        let cores = thread::available_parallelism()?.get();
        (0..cores)
            .map(|_| Thread::start())
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Returns the thread with the fewest connections.
    pub(super) fn idlest(&self) -> (&Handle, Place) {
        let fewest = self
            .0
            .iter()
            .min_by_key(|one| Arc::strong_count(&one.place));
        let thread = fewest.expect("there is a core");
        (&thread.runtime, Place(Arc::clone(&thread.place)))
    }
}

impl Thread {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (sender, over) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("connections".into())
            .spawn(move || {
                let _ = runtime.block_on(over);
            })?;
        Ok(Self {
            runtime: handle,
            place: Arc::default(),
            _ends_with_this: sender,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_to_the_thread_with_the_fewest() {
        let threads = Threads(
            [Thread::start(), Thread::start()]
                .into_iter()
                .collect::<io::Result<_>>()
                .expect("start"),
        );
        let [one, other] = &*threads.0 else {
            unreachable!("there are two")
        };
        let (_, first) = threads.idlest();
        let (runtime, _second) = threads.idlest();
        assert_eq!(
            (runtime.id(), Arc::strong_count(&one.place)),
            (other.runtime.id(), 2)
        );
        drop(first);
        assert_eq!(threads.idlest().0.id(), one.runtime.id());
    }
}
