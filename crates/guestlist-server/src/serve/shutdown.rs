//! Signals for stopping the server.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::watch;

/// Whether this server accepts new requests. `/health/ready` reports it.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    ended: Arc<AtomicBool>,
}

impl Readiness {
    /// Returns false as soon as a shutdown is requested.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.ended.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }
}

/// Receives shutdown requests. Each listener of the process has a clone.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<Stage>);

/// Requests a shutdown. If it is dropped without a request, the server never stops.
#[derive(Debug)]
pub struct Trigger(watch::Sender<Stage>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Running,
    Requested,
    Forced,
}

impl Shutdown {
    /// Creates a shutdown that the caller requests through the trigger.
    #[must_use]
    pub fn by_hand() -> (Trigger, Self) {
        let (sender, receiver) = watch::channel(Stage::Running);
        (Trigger(sender), Self(receiver))
    }

    /// Creates a shutdown that the first SIGTERM or SIGINT requests, and the second one forces.
    /// Call it within the runtime.
    ///
    /// # Errors
    ///
    /// If the process cannot listen for signals.
    pub fn on_signals() -> io::Result<Self> {
        let (trigger, shutdown) = Self::by_hand();
        let mut signals = Signals::new()?;
        tokio::spawn(async move {
            signals.next().await;
            tracing::info!("stopping; a second signal stops at once");
            trigger.request();
            signals.next().await;
            trigger.force();
        });
        Ok(shutdown)
    }

    /// Waits until a shutdown is requested.
    pub async fn requested(&self) {
        self.reached(Stage::Requested).await;
    }

    /// Waits until a shutdown is forced.
    pub async fn forced(&self) {
        self.reached(Stage::Forced).await;
    }

    async fn reached(&self, wanted: Stage) {
        let mut stages = self.0.clone();
        if stages.wait_for(|stage| *stage >= wanted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Trigger {
    /// Requests a stop after running requests have finished.
    pub fn request(&self) {
        self.raise(Stage::Requested);
    }

    /// Forces a stop at once.
    pub fn force(&self) {
        self.raise(Stage::Forced);
    }

    fn raise(&self, stage: Stage) {
        self.0.send_modify(|reached| *reached = stage.max(*reached));
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self {
            terminate,
            interrupt,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_is_seen_by_late_receivers() {
        let (trigger, shutdown) = Shutdown::by_hand();
        trigger.request();
        drop(trigger);
        shutdown.clone().requested().await;
    }

    #[tokio::test]
    async fn a_forced_shutdown_is_also_requested_and_stays_forced() {
        let (trigger, shutdown) = Shutdown::by_hand();
        trigger.force();
        trigger.request();
        shutdown.requested().await;
        shutdown.forced().await;
    }

    #[tokio::test]
    async fn a_dropped_trigger_stops_no_server() {
        let (trigger, shutdown) = Shutdown::by_hand();
        drop(trigger);
        let waited =
            tokio::time::timeout(std::time::Duration::from_millis(20), shutdown.requested()).await;
        assert!(waited.is_err());
    }

    #[test]
    fn readiness_ends_once_for_every_clone() {
        let readiness = Readiness::default();
        let asked = readiness.clone();
        assert!(asked.is_ready());
        readiness.end();
        assert!(!asked.is_ready());
    }
}
