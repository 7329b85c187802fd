//! The one thread that writes, with group commit.
//!
//! A durable commit waits for the disk, which takes far longer than the change itself. So the
//! changes that come in the meantime share the next commit. Each change has its own savepoint: if
//! it fails, the others are not affected. Callers get their answers after the commit.
//!
//! Copies of deleted data are removed between commits, see [`Remains`].

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use flume::RecvTimeoutError;
use guestlist::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::remains::Remains;

/// The greatest number of changes in one commit.
const GROUP: usize = 256;

/// Sends changes to the thread.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: flume::Sender<Job>,
}

enum Job {
    /// Shares a commit with other changes.
    Change(Box<dyn Change>),
    /// Runs outside any transaction.
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
    /// Writes the log into the file and removes copies of deleted data.
    Settle(oneshot::Sender<rusqlite::Result<()>>),
}

trait Change: Send {
    /// Runs the change inside a savepoint. Returns whether it succeeded.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Whether it deleted or replaced data that must not be kept.
    fn has_erased(&self) -> bool;
    /// Sends the outcome to the caller.
    fn answer(self: Box<Self>, group: Group);
}

/// The outcome of a group of changes.
#[derive(Clone, Copy)]
enum Group {
    Committed,
    RolledBack,
    /// The commit failed; it may have taken effect or not.
    Unknown,
}

struct Pending<F, T> {
    change: Option<F>,
    /// Whether the change is one that deletes or replaces data that must not be kept.
    erases: bool,
    has_erased: bool,
    outcome: Option<rusqlite::Result<T>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Change for Pending<F, T>
where
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        let change = self.change.take();
        let before = connection.total_changes();
        // A change that panics is rolled back like one that fails, and the thread goes on.
        let run = AssertUnwindSafe(|| change.map(|change| change(connection)));
        self.outcome = catch_unwind(run).unwrap_or_default();
        self.has_erased = self.erases && connection.total_changes() > before;
        matches!(self.outcome, Some(Ok(_)))
    }

    fn has_erased(&self) -> bool {
        self.has_erased
    }

    fn answer(self: Box<Self>, group: Group) {
        let outcome = match (self.outcome, group) {
            (Some(Err(error)), _) => Err(StoreError::failed(error)),
            (Some(Ok(outcome)), Group::Committed) => Ok(outcome),
            (_, Group::Unknown) => Err(StoreError::unknown("the commit failed")),
            _ => Err(StoreError::failed("the transaction was rolled back")),
        };
        // A caller that has given up gets no answer, but the change is done.
        let _ = self.answer.send(outcome);
    }
}

/// Starts the thread, which ends when the last handle is dropped.
pub(crate) fn start(mut connection: Connection) -> std::io::Result<Writer> {
    let (jobs, queue) = flume::unbounded::<Job>();
    thread::Builder::new()
        .name("guestlist-write".to_owned())
        .spawn(move || {
            let mut remains = Remains::of_before(&connection);
            loop {
                let first = match remains.patience() {
                    Some(patience) => queue.recv_timeout(patience),
                    None => queue.recv().map_err(RecvTimeoutError::from),
                };
                match first {
                    Ok(first) => {
                        work_on(first, &queue, &mut connection, &mut remains);
                        remains.remove(&connection, false);
                    }
                    Err(RecvTimeoutError::Timeout) => remains.remove(&connection, true),
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
    Ok(Writer { jobs })
}

/// Runs the job, and the jobs that came in the meantime.
fn work_on(
    first: Job,
    queue: &flume::Receiver<Job>,
    connection: &mut Connection,
    remains: &mut Remains,
) {
    let mut group = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        match job {
            Job::Change(change) => group.push(change),
            Job::Alone(work) => {
                commit(connection, std::mem::take(&mut group), remains);
                work(connection);
            }
            Job::Settle(settled) => {
                commit(connection, std::mem::take(&mut group), remains);
                let _ = settled.send(remains.settle(connection));
            }
        }
        next = if group.len() < GROUP {
            queue.try_recv().ok()
        } else {
            None
        };
    }
    commit(connection, group, remains);
}

fn commit(connection: &Connection, mut group: Vec<Box<dyn Change>>, remains: &mut Remains) {
    if group.is_empty() {
        return;
    }
    let outcome = run(connection, &mut group);
    if group.iter().any(|change| change.has_erased()) {
        remains.add();
    }
    for change in group {
        change.answer(outcome);
    }
}

fn run(connection: &Connection, group: &mut [Box<dyn Change>]) -> Group {
    if let Err(error) = say(connection, "BEGIN IMMEDIATE") {
        tracing::error!(%error, "cannot begin to write");
        return Group::RolledBack;
    }
    // A single change needs no savepoint, which would copy every changed page.
    if let [change] = group {
        return if change.run(connection) {
            end(connection)
        } else {
            roll_back(connection);
            Group::RolledBack
        };
    }
    for change in group {
        let kept = say(connection, "SAVEPOINT change").is_ok();
        let ended = if kept && change.run(connection) {
            Ok(())
        } else {
            say(connection, "ROLLBACK TO change")
        };
        let ended = ended.and_then(|()| say(connection, "RELEASE change"));
        // Some errors, such as a full disk, make SQLite roll back the whole transaction.
        if let Err(error) = ended.and_then(|()| in_transaction(connection)) {
            tracing::error!(%error, "the transaction was lost");
            roll_back(connection);
            return Group::RolledBack;
        }
    }
    end(connection)
}

/// Runs a statement about the transaction, which is prepared once.
fn say(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute(()).map(drop)
}

fn end(connection: &Connection) -> Group {
    match say(connection, "COMMIT") {
        Ok(()) => Group::Committed,
        Err(error) => {
            tracing::error!(%error, "cannot commit");
            if roll_back(connection) {
                Group::RolledBack
            } else {
                Group::Unknown
            }
        }
    }
}

fn in_transaction(connection: &Connection) -> rusqlite::Result<()> {
    if connection.is_autocommit() {
        Err(rusqlite::Error::InvalidQuery)
    } else {
        Ok(())
    }
}

/// Rolls back. Returns whether there was a transaction and it was rolled back.
fn roll_back(connection: &Connection) -> bool {
    !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_ok()
}

impl Writer {
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.change(false, change).await
    }

    /// Runs a change that deletes or replaces data that must not be kept.
    pub(crate) async fn erase<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.change(true, change).await
    }

    async fn change<T: Send + 'static>(
        &self,
        erases: bool,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let pending = Pending {
            change: Some(change),
            erases,
            has_erased: false,
            outcome: None,
            answer,
        };
        let closed = || StoreError::failed("the database is closed");
        let job = Job::Change(Box::new(pending));
        self.jobs.send(job).map_err(|_| closed())?;
        let lost = |_| StoreError::unknown("the thread that writes is gone");
        answered.await.map_err(lost)?
    }

    /// Removes copies of deleted data, then empties the log.
    pub(crate) async fn settle(&self) -> Result<rusqlite::Result<()>, oneshot::error::RecvError> {
        let (settled, has_settled) = oneshot::channel();
        // If the thread has ended, the sender is dropped, and the caller gets an error.
        let _ = self.jobs.send(Job::Settle(settled));
        has_settled.await
    }

    /// Runs work that has its own transactions.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, oneshot::error::RecvError> {
        let (answer, answered) = oneshot::channel();
        // If the thread has ended, the sender is dropped, and the caller gets an error.
        let _ = self.jobs.send(Job::Alone(Box::new(move |connection| {
            let _ = answer.send(work(connection));
        })));
        answered.await
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("waiting", &self.jobs.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().expect("opens");
        let table = "CREATE TABLE t (x INTEGER PRIMARY KEY, y TEXT NOT NULL) STRICT";
        connection.execute_batch(table).expect("creates");
        start(connection).expect("starts")
    }

    async fn insert(writer: &Writer, x: i64, y: Option<&'static str>) -> Result<usize, StoreError> {
        let sql = "INSERT INTO t VALUES (?1, ?2)";
        writer
            .write(move |connection| connection.execute(sql, (x, y)))
            .await
    }

    async fn count(writer: &Writer) -> i64 {
        let sql = "SELECT count(*) FROM t";
        let count = writer.write(move |connection| connection.query_row(sql, (), |row| row.get(0)));
        count.await.expect("counts")
    }

    #[tokio::test]
    async fn a_change_that_fails_takes_no_other_with_it() {
        let writer = writer();
        let (blocked, release) = std::sync::mpsc::channel::<()>();
        let blocking = writer.alone(move |_| release.recv());
        let changes = async {
            // These three changes wait for the first one and then share a commit.
            tokio::join!(
                insert(&writer, 1, Some("kept")),
                insert(&writer, 2, None),
                insert(&writer, 3, Some("kept")),
                async { blocked.send(()).expect("waits") }
            )
        };
        let (_, (first, second, third, ())) = tokio::join!(blocking, changes);
        assert!(first.is_ok());
        assert!(matches!(second, Err(StoreError::Failed(_))));
        assert!(third.is_ok());
        assert_eq!(count(&writer).await, 2);
    }

    #[tokio::test]
    async fn a_change_is_all_or_nothing() {
        let writer = writer();
        let half = writer.write(|connection| {
            connection.execute("INSERT INTO t VALUES (1, 'first')", ())?;
            connection.execute("INSERT INTO t VALUES (1, 'again')", ())
        });
        assert!(half.await.is_err());
        assert_eq!(count(&writer).await, 0);
    }

    #[tokio::test]
    async fn a_change_that_panics_fails_and_the_next_one_is_done() {
        let writer = writer();
        let panics = writer.write(|connection| -> rusqlite::Result<()> {
            connection.execute("INSERT INTO t VALUES (1, 'half')", ())?;
            panic!("on purpose")
        });
        assert!(matches!(panics.await, Err(StoreError::Failed(_))));
        assert_eq!(count(&writer).await, 0);
        assert!(insert(&writer, 1, Some("kept")).await.is_ok());
    }

    #[tokio::test]
    async fn a_lost_transaction_fails_for_each_of_its_callers_and_no_later_one() {
        let writer = writer();
        let (blocked, release) = std::sync::mpsc::channel::<()>();
        let blocking = writer.alone(move |_| release.recv());
        let changes = async {
            tokio::join!(
                insert(&writer, 1, Some("lost")),
                writer.write(|connection| connection.execute_batch("ROLLBACK")),
                insert(&writer, 2, Some("lost")),
                async { blocked.send(()).expect("waits") }
            )
        };
        let (_, (first, second, third, ())) = tokio::join!(blocking, changes);
        for outcome in [first.map(|_| ()), second, third.map(|_| ())] {
            assert!(matches!(outcome, Err(StoreError::Failed(_))));
        }
        assert_eq!(count(&writer).await, 0);
        assert!(insert(&writer, 4, Some("kept")).await.is_ok());
    }
}
