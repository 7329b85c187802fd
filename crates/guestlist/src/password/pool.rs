//! The threads that hash: apart from those that serve and behind them in priority, a fixed number of
//! them behind a bounded queue.
//!
//! Each thread keeps its working memory from one job to the next, so that the process does not grow with the number
//! of users who sign in at once, and gives it back after ten seconds without a job. Whoever would wait too long is
//! told so at once.
//!
//! Dear hashes have a thread and a queue of their own: one is computed at a time, all others pass them, and how long
//! they take does not count for the others' waiting. Their thread keeps no memory.

use std::{
    fmt,
    hint::black_box,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use flume::RecvTimeoutError;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

use super::schemes::{Memory, Scheme};

/// After so long without a job a thread gives its memory back.
const KEPT: Duration = Duration::from_secs(10);
/// An allocator such as mimalloc gives freed memory back to the system a while later, and only when something else is
/// allocated or freed: so often a thread does so in these pauses, with a piece that is too large to be kept for later.
const NUDGES: u32 = 3;
const BEFORE_A_NUDGE: Duration = Duration::from_secs(4);
const NUDGE: usize = 4 * 1024 * 1024;
/// So many jobs may wait for each thread, however fast they would be done.
const WAITING_PER_THREAD: usize = 512;

const WAITING: &str = "guestlist_password_queue_length";
const WAITED: &str = "guestlist_password_wait_seconds";
const TOOK: &str = "guestlist_password_hash_seconds";

/// Runs work on the hashing threads, which end when it is dropped.
pub(crate) struct Pool {
    usual: Lane,
    dear: Lane,
    wait: Duration,
}

/// A queue and the threads that work on it.
struct Lane {
    jobs: flume::Sender<Job>,
    threads: u64,
    pace: Arc<Pace>,
}

struct Job {
    since: Instant,
    turn: Arc<Turn>,
    /// Does it, unless nobody waits for it any more.
    work: Box<dyn FnOnce(&mut Memory) + Send>,
}

/// Whose a job is: it has been neither begun nor given up, until one of the two happens.
#[derive(Default)]
struct Turn(AtomicBool);

impl Turn {
    /// For the thread that begins it, or the caller who gives it up: whether nobody was faster.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// How long a job takes, as the last few of them did: a moving average, in microseconds.
#[derive(Default)]
struct Pace(AtomicU64);

impl Pace {
    fn add(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let average = self.0.load(Ordering::Relaxed);
        // Two threads that write at once lose one of many samples.
        let average = if average == 0 {
            took
        } else {
            average - average / 8 + took / 8
        };
        self.0.store(average, Ordering::Relaxed);
    }

    fn of(&self, jobs: u64) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed).saturating_mul(jobs))
    }
}

/// Too many jobs are waiting.
#[derive(Debug)]
pub(crate) struct TooBusy;

impl Pool {
    /// So many threads, each with such a memory. A job waits for `wait` at most.
    pub(crate) fn start(
        threads: usize,
        wait: Duration,
        memory: impl Fn() -> Memory,
    ) -> std::io::Result<Self> {
        describe_metrics();
        let threads = threads.max(1);
        let names = (1..=threads).map(|number| format!("guestlist-hash-{number}"));
        let dear = vec!["guestlist-hash-d".to_owned()];
        Ok(Self {
            usual: Lane::start(names.collect(), KEPT, memory)?,
            dear: Lane::start(dear, KEPT, Memory::keeping_nothing)?,
            wait,
        })
    }

    /// What the work comes to. A job whose caller has gone away is not computed, and neither is one
    /// whose turn does not come in time. Work on a hash says of which scheme: only that is measured.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        scheme: Option<Scheme>,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, TooBusy> {
        self.usual.run(self.wait, scheme, work).await
    }

    /// The same for work on a dear hash, which waits for other dear ones alone.
    pub(crate) async fn run_dear<T: Send + 'static>(
        &self,
        scheme: Scheme,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, TooBusy> {
        self.dear.run(self.wait, Some(scheme), work).await
    }
}

impl Lane {
    /// A thread of each name. Each keeps its memory for so long without a job.
    fn start(
        names: Vec<String>,
        kept: Duration,
        memory: impl Fn() -> Memory,
    ) -> std::io::Result<Self> {
        let threads = names.len();
        let (jobs, queue) = flume::bounded(threads * WAITING_PER_THREAD);
        for name in names {
            let (queue, mut memory) = (queue.clone(), memory());
            thread::Builder::new().name(name).spawn(move || {
                step_back();
                while let Some(job) = next(&queue, kept, &mut memory) {
                    metrics::gauge!(WAITING).decrement(1.0);
                    run(job, &mut memory);
                }
            })?;
        }
        Ok(Self {
            jobs,
            threads: u64::try_from(threads).unwrap_or(u64::MAX),
            pace: Arc::default(),
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        wait: Duration,
        scheme: Option<Scheme>,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, TooBusy> {
        let ahead = u64::try_from(self.jobs.len()).unwrap_or(u64::MAX) / self.threads;
        if self.pace.of(ahead) > wait {
            return Err(TooBusy);
        }
        let (answer, mut answered) = oneshot::channel();
        let turn = Arc::new(Turn::default());
        let pace = Arc::clone(&self.pace);
        let job = Job {
            since: Instant::now(),
            turn: Arc::clone(&turn),
            work: Box::new(move |memory| {
                if answer.is_closed() {
                    return;
                }
                let begun = Instant::now();
                let done = work(memory);
                if let Some(scheme) = scheme {
                    let took = begun.elapsed();
                    pace.add(took);
                    metrics::histogram!(TOOK, "scheme" => scheme.name()).record(took);
                }
                // Nobody to tell is no reason to stop.
                let _ = answer.send(done);
            }),
        };
        metrics::gauge!(WAITING).increment(1.0);
        if self.jobs.try_send(job).is_err() {
            metrics::gauge!(WAITING).decrement(1.0);
            return Err(TooBusy);
        }
        match timeout(wait, &mut answered).await {
            Ok(answer) => answer.map_err(|_| TooBusy),
            Err(_) if turn.take() => Err(TooBusy),
            // It has been begun: what is paid for is waited for.
            Err(_) => answered.await.map_err(|_| TooBusy),
        }
    }
}

/// Waits for the next job; `None` if there will be no more.
fn next(queue: &flume::Receiver<Job>, kept: Duration, memory: &mut Memory) -> Option<Job> {
    match queue.recv_timeout(kept) {
        Ok(job) => Some(job),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => {
            memory.clear();
            for _ in 0..NUDGES {
                match queue.recv_timeout(BEFORE_A_NUDGE) {
                    Err(RecvTimeoutError::Timeout) => {
                        drop(black_box(Vec::<u8>::with_capacity(NUDGE)));
                    }
                    next => return next.ok(),
                }
            }
            queue.recv().ok()
        }
    }
}

fn run(job: Job, memory: &mut Memory) {
    if !job.turn.take() {
        return;
    }
    metrics::histogram!(WAITED).record(job.since.elapsed());
    // A job that panics is not answered; the thread goes on.
    let _ = catch_unwind(AssertUnwindSafe(|| (job.work)(memory)));
}

/// By so much the niceness of a hashing thread exceeds that of the process: it gets a third of the share of a thread
/// that serves, if both want the same core. The least share there is would be worse: beside any other program that
/// takes all cores, each password would wait for seconds.
const NICENESS: i32 = 5;

/// Lets the threads that serve go first. On Linux a niceness is a thread's own; elsewhere it would be the process's,
/// and is left alone. It is relative: a process that was started with `nice -n 10` serves with 10.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        let this = rustix::thread::gettid();
        // If it is not allowed, hashing competes with serving. Linux cuts a niceness above 19 to 19.
        if let Ok(niceness) = rustix::process::getpriority_process(Some(this)) {
            let _ = rustix::process::setpriority_process(Some(this), niceness + NICENESS);
        }
    }
}

fn describe_metrics() {
    metrics::describe_gauge!(WAITING, "Passwords that wait to be hashed.");
    let seconds = metrics::Unit::Seconds;
    metrics::describe_histogram!(WAITED, seconds, "How long a password waited for its turn.");
    metrics::describe_histogram!(
        TOOK,
        seconds,
        "How long it took to hash or verify a password."
    );
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("waiting", &self.usual.jobs.len())
            .field("dear", &self.dear.jobs.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
