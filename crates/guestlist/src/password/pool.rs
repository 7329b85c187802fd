//! The threads that hash passwords: a fixed number, with a bounded queue, and with a lower priority
//! than the threads that answer requests.
//!
//! Each thread keeps its working memory from one job to the next, so that memory does not grow with
//! the number of users who sign in at the same time. After ten seconds without a job it frees the
//! memory. A job that would have to wait too long is refused at once.
//!
//! Expensive hashes have one thread and one queue of their own: one is computed at a time, and
//! other jobs do not wait for them. Their duration does not count for the other jobs' waiting time,
//! and their thread keeps no memory.

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
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Instant, timeout},
};

use super::schemes::{Memory, Scheme};

/// How long a thread keeps its memory without a job.
const KEPT: Duration = Duration::from_secs(10);
/// An allocator such as mimalloc returns freed memory to the system only later, when something else
/// is allocated or freed. So a thread allocates and frees a block this many times in these
/// intervals; the block is too large for the allocator to keep.
const NUDGES: u32 = 3;
const BEFORE_A_NUDGE: Duration = Duration::from_secs(4);
const NUDGE: usize = 4 * 1024 * 1024;
/// How many jobs may wait per thread.
const WAITING_PER_THREAD: usize = 512;

const WAITING: &str = "guestlist_password_queue_length";
const WAITED: &str = "guestlist_password_wait_seconds";
const TOOK: &str = "guestlist_password_hash_seconds";

/// Runs work on the hashing threads. The threads end when it is dropped.
pub(crate) struct Pool {
    usual: Lane,
    expensive: Lane,
    wait: Duration,
}

/// A queue and the threads that work on it.
struct Lane {
    jobs: flume::Sender<Job>,
    /// One for each job that may wait. A job holds its place until a thread takes the job.
    places: Arc<Semaphore>,
    /// How many jobs may wait.
    waiting: usize,
    threads: u64,
    pace: Arc<Pace>,
}

/// A place in the queue for a job that is not in it yet. So the caller can do something first that
/// only jobs with a place should cause.
pub(crate) struct Place<'p> {
    lane: &'p Lane,
    wait: Duration,
    permit: OwnedSemaphorePermit,
}

struct Job {
    since: Instant,
    place: OwnedSemaphorePermit,
    turn: Arc<Turn>,
    /// Does the work, unless the caller has gone away.
    work: Box<dyn FnOnce(&mut Memory) + Send>,
}

/// Decides whether a job is started by a thread or given up by its caller, whichever comes first.
#[derive(Default)]
struct Turn(AtomicBool);

impl Turn {
    /// Claims the job. The thread that starts the job and the caller that gives it up both call
    /// this; it returns `true` to the first of them.
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// The moving average of the duration of the last few jobs, in microseconds.
#[derive(Default)]
struct Pace(AtomicU64);

impl Pace {
    fn add(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let average = self.0.load(Ordering::Relaxed);
        // If two threads write at the same time, one of many samples is lost.
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
    /// Starts threads, each with its own memory. A job waits for at most `wait`.
    pub(crate) fn start(
        threads: usize,
        wait: Duration,
        memory: impl Fn() -> Memory,
    ) -> std::io::Result<Self> {
        describe_metrics();
        let threads = threads.max(1);
        let names = (1..=threads).map(|number| format!("guestlist-hash-{number}"));
        let expensive = vec!["guestlist-hash-d".to_owned()];
        Ok(Self {
            usual: Lane::start(names.collect(), KEPT, memory)?,
            expensive: Lane::start(expensive, KEPT, Memory::keeping_nothing)?,
            wait,
        })
    }

    /// Runs the work and returns its result. A job is not run if its caller has gone away or it had
    /// to wait too long. `scheme` is set for work on a hash: only such work is measured.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        scheme: Option<Scheme>,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, TooBusy> {
        self.place(false)?.run(scheme, work).await
    }

    /// Takes a place in the queue. Expensive hashes have their own: their work waits only for work
    /// on other expensive hashes.
    pub(crate) fn place(&self, is_expensive: bool) -> Result<Place<'_>, TooBusy> {
        let lane = if is_expensive {
            &self.expensive
        } else {
            &self.usual
        };
        lane.place(self.wait)
    }
}

impl Lane {
    /// Starts a thread for each name. Each keeps its memory for `kept` without a job.
    fn start(
        names: Vec<String>,
        kept: Duration,
        memory: impl Fn() -> Memory,
    ) -> std::io::Result<Self> {
        let threads = names.len();
        let waiting = threads * WAITING_PER_THREAD;
        let (jobs, queue) = flume::bounded(waiting);
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
            places: Arc::new(Semaphore::new(waiting)),
            waiting,
            threads: u64::try_from(threads).unwrap_or(u64::MAX),
            pace: Arc::default(),
        })
    }

    /// Takes a place in the queue, if its job would wait for at most `wait`.
    fn place(&self, wait: Duration) -> Result<Place<'_>, TooBusy> {
        let taken = self.waiting - self.places.available_permits();
        let ahead = u64::try_from(taken).unwrap_or(u64::MAX) / self.threads;
        if self.pace.of(ahead) > wait {
            return Err(TooBusy);
        }
        let permit = Arc::clone(&self.places).try_acquire_owned();
        Ok(Place {
            lane: self,
            wait,
            permit: permit.map_err(|_| TooBusy)?,
        })
    }
}

impl Place<'_> {
    /// Runs the work in the job of the place, and returns its result.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        scheme: Option<Scheme>,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, TooBusy> {
        let (lane, wait) = (self.lane, self.wait);
        let (answer, mut answered) = oneshot::channel();
        let turn = Arc::new(Turn::default());
        let pace = Arc::clone(&lane.pace);
        let job = Job {
            since: Instant::now(),
            place: self.permit,
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
                // If the caller has gone away, the thread still goes on.
                let _ = answer.send(done);
            }),
        };
        metrics::gauge!(WAITING).increment(1.0);
        if lane.jobs.try_send(job).is_err() {
            metrics::gauge!(WAITING).decrement(1.0);
            return Err(TooBusy);
        }
        match timeout(wait, &mut answered).await {
            Ok(answer) => answer.map_err(|_| TooBusy),
            Err(_) if turn.take() => Err(TooBusy),
            // The work has been started, so its result is waited for.
            Err(_) => answered.await.map_err(|_| TooBusy),
        }
    }
}

/// Waits for the next job. Returns `None` if there will be no more.
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
    drop(job.place);
    if !job.turn.take() {
        return;
    }
    metrics::histogram!(WAITED).record(job.since.elapsed());
    // The caller of a job that panics gets no answer; the thread goes on.
    let _ = catch_unwind(AssertUnwindSafe(|| (job.work)(memory)));
}

/// How much the niceness of a hashing thread exceeds that of the process. If both want the same
/// core, the thread gets a third of the share of a thread that answers requests. The lowest
/// priority would be worse: beside any other program that uses all cores, each password would wait
/// for seconds.
const NICENESS: i32 = 5;

/// Lowers the priority of this thread. On Linux each thread has a niceness. On other systems only
/// the process has one, and this function does nothing. The niceness of the thread is that of the
/// process plus [`NICENESS`]: 15 if the process was started with `nice -n 10`.
fn step_back() {
    #[cfg(target_os = "linux")]
    {
        let this = rustix::thread::gettid();
        // If this is not allowed, hashing competes with answering requests. Linux limits a niceness
        // to 19.
        if let Ok(niceness) = rustix::process::getpriority_process(Some(this)) {
            let _ = rustix::process::setpriority_process(Some(this), niceness + NICENESS);
        }
    }
}

fn describe_metrics() {
    metrics::describe_gauge!(WAITING, "Passwords that wait to be hashed.");
    let seconds = metrics::Unit::Seconds;
    metrics::describe_histogram!(WAITED, seconds, "How long a password waited to be hashed.");
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
            .field("expensive", &self.expensive.jobs.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
