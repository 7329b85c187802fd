//! One connection to a file: its pragmas, the switch to WAL mode, and the rights of a new file.

use std::{path::Path, thread, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

/// How long a statement waits for another process that holds the file.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a new file is switched to WAL mode if another process does the same.
const SWITCHES: u32 = 500;
const BEFORE_ANOTHER_SWITCH: Duration = Duration::from_millis(10);
/// How many pages of the log are written into the file at once: 16 MiB. A page that changed many
/// times is written only once. SQLite's default of a thousand pages gives a fifth fewer sign-ups a
/// second.
const LOG_PAGES: u32 = 4_000;
/// How many prepared statements each connection keeps. Both stores together have fewer.
const PREPARED_STATEMENTS: usize = 64;

/// Creates the file if it does not exist, so that only this user can read it. SQLite gives the
/// files of the log the same rights.
pub(crate) fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o600).open(path);
        // If the file exists already, this is no error. If it cannot be created, SQLite reports so.
        drop(made);
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Switches a new file to WAL mode. Two processes may do so at the same time. Then each holds a
/// lock that the other needs, and SQLite tells one that the file is locked, however long it would
/// wait. That process releases its lock and tries again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let switch = || connection.pragma_update(None, "journal_mode", "WAL");
    for _ in 0..SWITCHES {
        match switch() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                thread::sleep(BEFORE_ANOTHER_SWITCH);
            }
            switched => return switched,
        }
    }
    switch()
}

pub(crate) fn connect(path: &Path, read_only: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    write_ahead(&connection)?;
    // In WAL mode, only FULL guarantees that every acknowledged write survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "query_only", read_only)?;
    // Without this, SQLite may prepare a statement again for other parameters.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(connection)
}

/// Refuses a read-only connection. SQLite opens a file without the right to write if a log exists
/// beside it.
pub(crate) fn writable(connection: Connection) -> rusqlite::Result<Connection> {
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY),
            None,
        ));
    }
    Ok(connection)
}
