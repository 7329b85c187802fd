//! Threads that read, with one bounded queue.
//!
//! A caller may give up, because of a time limit or because the client has disconnected. Then its
//! query leaves the queue; if the query runs already, SQLite interrupts it. The queue knows under
//! one lock which query each thread runs. So an interruption never stops the next query of that
//! connection.

use std::{
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use guestlist::{QueueFull, StoreError};
use rusqlite::{Connection, InterruptHandle};
use tokio::sync::oneshot;

/// How often a thread without a query yields before it sleeps. The next query often comes in that
/// time, and then no thread needs to be woken.
const YIELDS: u32 = 4;

type Query = Box<dyn FnOnce(&Connection) + Send>;

/// Gives queries to the threads, which end when this is dropped.
pub(crate) struct Readers {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Signals that a query has come, or that no more queries will come.
    news: Condvar,
    /// The handle for interruptions of each thread.
    interrupts: Vec<InterruptHandle>,
    most_waiting: usize,
    full: QueueFull,
}

struct State {
    /// The waiting queries in the order of their numbers.
    waiting: VecDeque<(u64, Query)>,
    next_number: u64,
    /// The number of the query that each thread runs.
    running: Vec<Option<u64>>,
    /// How many threads sleep and are not being woken. If it is 0, a system call is saved.
    sleeping: usize,
    is_open: bool,
}

impl Readers {
    /// Starts a thread for each connection. `waiting` queries may wait for a thread; more are
    /// refused with `full`.
    pub(crate) fn start(
        name: &str,
        connections: Vec<Connection>,
        waiting: u32,
        full: QueueFull,
    ) -> std::io::Result<Self> {
        let interrupts = connections.iter();
        let readers = Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    waiting: VecDeque::new(),
                    next_number: 0,
                    running: vec![None; connections.len()],
                    sleeping: 0,
                    is_open: true,
                }),
                news: Condvar::new(),
                interrupts: interrupts.map(Connection::get_interrupt_handle).collect(),
                most_waiting: usize::try_from(waiting).unwrap_or(usize::MAX),
                full,
            }),
        };
        for (thread, connection) in connections.into_iter().enumerate() {
            let shared = Arc::clone(&readers.shared);
            thread::Builder::new()
                .name(format!("guestlist-{name}-{}", thread + 1))
                .spawn(move || {
                    while let Some(query) = shared.begin_next(thread) {
                        // A query that panics has no answer, and the thread goes on.
                        let _ = catch_unwind(AssertUnwindSafe(|| query(&connection)));
                    }
                })?;
        }
        Ok(readers)
    }

    /// Runs a query and waits for its answer. If the returned future is dropped, the query does not
    /// begin, or is interrupted.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let query: Query = Box::new(move |connection| {
            // The caller may have given up just now.
            let _ = answer.send(query(connection));
        });
        let mut asked = self.shared.enter(query)?;
        let answer = answered.await;
        asked.is_answered = true;
        let failed = |_| StoreError::failed("the query panicked, or the database is closed");
        answer.map_err(failed)?.map_err(StoreError::failed)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.shared.lock().is_open = false;
        self.shared.news.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(self: &Arc<Self>, query: Query) -> Result<Asked, QueueFull> {
        let mut state = self.lock();
        let is_idle = state.running.iter().any(Option::is_none) && state.waiting.is_empty();
        if !is_idle && state.waiting.len() >= self.most_waiting {
            return Err(self.full);
        }
        let number = state.next_number;
        state.next_number += 1;
        state.waiting.push_back((number, query));
        // A thread that is being woken counts as awake, so no other query wakes it again.
        let wakes = state.sleeping > 0;
        state.sleeping -= usize::from(wakes);
        drop(state);
        if wakes {
            self.news.notify_one();
        }
        Ok(Asked {
            shared: Arc::clone(self),
            number,
            is_answered: false,
        })
    }

    /// Ends the thread's query, and waits for the next one. Returns `None` if no more queries will
    /// come.
    fn begin_next(&self, thread: usize) -> Option<Query> {
        let mut state = self.lock();
        state.running[thread] = None;
        let mut yielded = 0;
        loop {
            if let Some((number, query)) = state.waiting.pop_front() {
                state.running[thread] = Some(number);
                return Some(query);
            }
            if !state.is_open {
                return None;
            }
            if yielded < YIELDS {
                yielded += 1;
                drop(state);
                thread::yield_now();
                state = self.lock();
                continue;
            }
            state.sleeping += 1;
            state = self
                .news
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            yielded = 0;
        }
    }

    fn give_up(&self, number: u64) {
        let mut state = self.lock();
        let place = state
            .waiting
            .binary_search_by_key(&number, |(number, _)| *number);
        if let Ok(place) = place {
            let query = state.waiting.remove(place);
            drop(state);
            // The query drops its values outside the lock.
            drop(query);
            return;
        }
        let thread = state
            .running
            .iter()
            .position(|running| *running == Some(number));
        if let Some(thread) = thread {
            // Under the lock, this thread cannot begin another query. If it has just finished this
            // one, SQLite forgets the interruption when the next statement starts.
            self.interrupts[thread].interrupt();
        }
    }
}

/// A query whose caller waits. Dropped without an answer, it cancels the query.
struct Asked {
    shared: Arc<Shared>,
    number: u64,
    is_answered: bool,
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.is_answered {
            self.shared.give_up(self.number);
        }
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers")
            .field("waiting", &self.shared.lock().waiting.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
