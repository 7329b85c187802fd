//! The threads that connections are served on: each stays on the one that had fewest when it came.

use std::{io, sync::Arc, thread};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// One for each core, each with a runtime of its own; they end when the last clone of this is dropped.
///
/// Work that the threads of one runtime take from each other costs a small answer more than it gives:
/// one thread waits for sockets for all, and has to wake the others.
#[derive(Clone, Debug)]
pub struct Threads(Arc<[Thread]>);

#[derive(Debug)]
struct Thread {
    runtime: Handle,
    /// Shared with every connection that is served there.
    place: Arc<()>,
    _ends_with_this: oneshot::Sender<()>,
}

/// What a connection holds as long as it is served.
#[derive(Debug)]
pub(super) struct Place(#[expect(dead_code, reason = "it counts by being there")] Arc<()>);

impl Threads {
    /// As many as there are cores.
    ///
    /// # Errors
    ///
    /// The system may have no thread or no file descriptor left.
    pub fn start() -> io::Result<Self> {
        let cores = thread::available_parallelism()?.get();
        (0..cores)
            .map(|_| Thread::start())
            .collect::<io::Result<_>>()
            .map(Self)
    }

    /// Where fewest connections are served.
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
    fn a_connection_comes_where_fewest_are() {
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
