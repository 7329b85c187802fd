//! Copies of deleted data in the file and its log, and how they are removed.
//!
//! `secure_delete` makes SQLite overwrite a deleted row. Two kinds of copies remain:
//!
//! - The log (`-wal`) has earlier versions of pages. It is emptied soon after a deletion.
//! - A page that was split or merged can have copies of rows in its unused part, which
//!   `secure_delete` does not overwrite. `VACUUM` writes every page anew. It takes longer for a
//!   large file, and other writes wait. So only small files are vacuumed here, with long rests in
//!   between. A backup is always written anew.
//!
//! This runs on the thread that writes, after callers were answered and, as a rule, when no change
//! waits.

use std::{fs, path::PathBuf, time::Duration};

use rusqlite::Connection;
use tokio::time::Instant;

use crate::connection::BUSY_TIMEOUT;

/// The log is emptied when there was no change for this time,
const IDLE: Duration = Duration::from_secs(1);
/// and after this time at the latest.
const LATEST: Duration = Duration::from_secs(10);
/// A vacuum begins after this time at the latest.
const LATEST_VACUUM: Duration = Duration::from_secs(600);
/// The size of the largest file that is vacuumed here, in bytes. For a larger one, writes would
/// wait too long.
const LARGEST_VACUUM: u64 = 64 << 20;
/// How many times as long as the vacuum itself the rest after it takes.
const RESTS: u32 = 1_000;
/// How long the rest after a failed vacuum takes.
const AFTER_A_FAILURE: Duration = Duration::from_secs(3_600);

/// The copies that must be removed from one file.
#[derive(Debug)]
pub(crate) struct Remains {
    /// The path of the database; `None` if it is not in a file.
    path: Option<PathBuf>,
    /// Since when the log may have deleted data.
    in_log: Option<Instant>,
    /// Since when pages may have deleted data.
    in_pages: Option<Instant>,
    /// No vacuum begins before this time.
    rests_until: Instant,
}

impl Remains {
    /// The state at the start: if the earlier process was killed, its log may have deleted data.
    pub(crate) fn of_before(connection: &Connection) -> Self {
        let now = Instant::now();
        Self {
            path: connection
                .path()
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
            in_log: Some(now),
            in_pages: None,
            rests_until: now,
        }
    }

    /// Notes that data was deleted.
    pub(crate) fn add(&mut self) {
        let now = Instant::now();
        self.in_log.get_or_insert(now);
        self.in_pages.get_or_insert(now);
    }

    /// Returns how long to wait for another change before copies are removed; `None` if there is
    /// nothing to remove.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let of_log = self.in_log.map(|_| IDLE);
        let of_pages = self
            .in_pages
            .map(|_| IDLE.max(self.rests_until.saturating_duration_since(now)));
        [of_log, of_pages].into_iter().flatten().min()
    }

    /// Removes copies whose time has come. `is_idle`: no change came in the time of
    /// [`patience`](Self::patience).
    pub(crate) fn remove(&mut self, connection: &Connection, is_idle: bool) {
        let now = Instant::now();
        let is_due = |since: Option<Instant>, latest| {
            since.is_some_and(|since| is_idle || now.duration_since(since) >= latest)
        };
        let vacuum = is_due(self.in_pages, LATEST_VACUUM) && now >= self.rests_until;
        let empty = is_due(self.in_log, LATEST);
        if !vacuum && !empty {
            return;
        }
        // If another process reads or writes, this does not wait for it, and tries again later.
        let _ = connection.busy_timeout(Duration::ZERO);
        if vacuum {
            self.vacuum(connection);
        }
        match empty_log(connection) {
            Ok(true) => self.in_log = None,
            // Another process still reads the log.
            Ok(false) => self.in_log = Some(now),
            Err(error) => {
                tracing::warn!(%error, "cannot empty the log of the database");
                self.in_log = Some(now);
            }
        }
        let _ = connection.busy_timeout(BUSY_TIMEOUT);
    }

    /// Removes all copies now and writes the log into the file. For a process that stops.
    pub(crate) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.in_pages.is_some() {
            self.vacuum(connection);
        }
        if empty_log(connection)? {
            self.in_log = None;
        }
        Ok(())
    }

    fn vacuum(&mut self, connection: &Connection) {
        let size = self.path.as_ref().map(fs::metadata);
        let size = size.map_or(0, |file| file.map_or(u64::MAX, |file| file.len()));
        if size > LARGEST_VACUUM {
            self.in_pages = None;
            return;
        }
        let began = Instant::now();
        match connection.execute_batch("VACUUM") {
            Ok(()) => {
                self.in_pages = None;
                // The log contains all pages now.
                self.in_log = Some(began);
                self.rests_until = Instant::now() + began.elapsed() * RESTS;
            }
            Err(error) if is_busy(&error) => self.rests_until = began + IDLE,
            Err(error) => {
                tracing::warn!(%error, "cannot vacuum the database");
                self.rests_until = began + AFTER_A_FAILURE;
            }
        }
    }
}

/// Writes the log into the file and truncates it. Returns `false` if a reader prevented it.
fn empty_log(connection: &Connection) -> rusqlite::Result<bool> {
    let blocked: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
    Ok(blocked == 0)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let busy = [
        rusqlite::ErrorCode::DatabaseBusy,
        rusqlite::ErrorCode::DatabaseLocked,
    ];
    error
        .sqlite_error_code()
        .is_some_and(|code| busy.contains(&code))
}

#[cfg(test)]
mod tests;
