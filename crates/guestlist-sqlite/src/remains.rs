//! What a deletion leaves in the file and in its log, and how it goes.
//!
//! `secure_delete` has SQLite overwrite a deleted row. Two kinds of copies stay:
//!
//! - The log (`-wal`) holds pages as they were before. It is emptied soon after a deletion.
//! - A page that was split or merged can hold copies of rows in its unused part, and `secure_delete` does not overwrite
//!   those. `VACUUM` writes every page anew. It takes as long as the file is large and nobody writes meanwhile, so only
//!   small files are vacuumed here, with long rests. A backup is always written anew.
//!
//! This runs on the thread that writes, after requests were answered and, as a rule, when nothing waits to be written.

use std::{fs, path::PathBuf, time::Duration};

use rusqlite::Connection;
use tokio::time::Instant;

use crate::database::BUSY_TIMEOUT;

/// The log is emptied when nothing was written for so long,
const IDLE: Duration = Duration::from_secs(1);
/// and after so long at the latest.
const LATEST: Duration = Duration::from_secs(10);
/// The same for pages that are written anew.
const LATEST_VACUUM: Duration = Duration::from_secs(600);
/// Larger files are not vacuumed here, in bytes: writers would wait too long.
const LARGEST_VACUUM: u64 = 64 << 20;
/// After a vacuum comes a rest, so many times as long as it took.
const RESTS: u32 = 1_000;
/// So long after a failed one.
const AFTER_A_FAILURE: Duration = Duration::from_secs(3_600);

/// What has to be removed from one file.
#[derive(Debug)]
pub(crate) struct Remains {
    /// Of the database; `None` if it is not in a file.
    path: Option<PathBuf>,
    /// Since when the log may hold something that was deleted.
    in_log: Option<Instant>,
    /// Since when pages may.
    in_pages: Option<Instant>,
    /// No vacuum before that.
    rests_until: Instant,
}

impl Remains {
    /// What an earlier process left: its log, if it was killed.
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

    /// Notes that something was deleted.
    pub(crate) fn add(&mut self) {
        let now = Instant::now();
        self.in_log.get_or_insert(now);
        self.in_pages.get_or_insert(now);
    }

    /// How long to wait for another change before something is removed; `None` if there is nothing to remove.
    pub(crate) fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let of_log = self.in_log.map(|_| IDLE);
        let of_pages = self
            .in_pages
            .map(|_| IDLE.max(self.rests_until.saturating_duration_since(now)));
        [of_log, of_pages].into_iter().flatten().min()
    }

    /// Removes what is due. `is_idle` says whether no change came for the time of [`patience`](Self::patience).
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
        // Another process may read or write: nobody here waits for it, and this is tried again.
        let _ = connection.busy_timeout(Duration::ZERO);
        if vacuum {
            self.vacuum(connection);
        }
        match empty_log(connection) {
            Ok(true) => self.in_log = None,
            // A reader still uses the log.
            Ok(false) => self.in_log = Some(now),
            Err(error) => {
                tracing::warn!(%error, "cannot empty the log of the database");
                self.in_log = Some(now);
            }
        }
        let _ = connection.busy_timeout(BUSY_TIMEOUT);
    }

    /// Removes all of it now, and brings the log into the file. For a process that stops.
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
                // The log holds all pages now.
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

/// Brings the log into the file and cuts it to nothing; whether no reader was in the way.
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
