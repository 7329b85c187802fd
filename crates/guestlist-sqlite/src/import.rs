//! Imports users of another system: many rows in one commit.

use guestlist::{ImportedUser, OnConflict, UserImport};
use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::{
    users::UserStatements,
    values::{Id, Instant},
};

/// The size of the page cache for a large import. Addresses come in no order, so a large slice
/// changes pages all over the index. They stay in memory until the commit; with SQLite's default
/// cache they would be written several times.
const CACHE_KIB: i64 = 64 * 1024;
/// The number of rows from which an import is large.
const LARGE: usize = 1_000;

/// Imports the rows in their order: see [`UserStore::import_users`](guestlist::UserStore::import_users).
pub(crate) fn users(
    connection: &Connection,
    sql: &UserStatements,
    users: Vec<ImportedUser>,
    on_conflict: OnConflict,
) -> rusqlite::Result<Vec<UserImport>> {
    if users.len() < LARGE {
        return rows(connection, sql, users, on_conflict);
    }
    let usual: i64 = connection.pragma_query_value(None, "cache_size", |row| row.get(0))?;
    // Negative numbers are KiB.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let outcomes = rows(connection, sql, users, on_conflict);
    connection.pragma_update(None, "cache_size", usual)?;
    outcomes
}

fn rows(
    connection: &Connection,
    sql: &UserStatements,
    users: Vec<ImportedUser>,
    on_conflict: OnConflict,
) -> rusqlite::Result<Vec<UserImport>> {
    let mut import = Import {
        insert: connection.prepare_cached(sql.import_user)?,
        email_of: connection.prepare_cached(sql.email_of)?,
        update: connection.prepare_cached(sql.update_imported_user)?,
        on_conflict,
    };
    let mut outcomes = Vec::with_capacity(users.len());
    for user in users {
        let outcome = import.user(&user)?;
        outcomes.push(outcome);
        if outcome == UserImport::EmailTaken {
            break;
        }
    }
    Ok(outcomes)
}

struct Import<'c> {
    insert: CachedStatement<'c>,
    email_of: CachedStatement<'c>,
    update: CachedStatement<'c>,
    on_conflict: OnConflict,
}

impl Import<'_> {
    fn user(&mut self, user: &ImportedUser) -> rusqlite::Result<UserImport> {
        let id = Id(user.id.as_uuid());
        let email = user.email.key();
        let hash = user.password_hash.as_ref().map(|hash| hash.as_stored());
        let name = user.name.as_ref().map(|name| name.as_str());
        let since = |said| (said == Some(true)).then_some(Instant(user.at));
        let inserted = self.insert.execute((
            id,
            email,
            user.email.as_given(),
            hash,
            name,
            Instant(user.created_at),
            since(user.verified),
            since(user.disabled),
            0,
            0,
        ))?;
        if inserted > 0 {
            return Ok(UserImport::Inserted);
        }
        let holder: Option<String> = self
            .email_of
            .query_row((id,), |row| row.get(0))
            .optional()?;
        if holder.is_some_and(|holder| holder != email) {
            return Ok(UserImport::IdTaken);
        }
        match self.on_conflict {
            OnConflict::Skip => return Ok(UserImport::Skipped),
            OnConflict::Fail => return Ok(UserImport::EmailTaken),
            OnConflict::Update => {}
        }
        let says = (
            email,
            hash,
            name,
            user.verified,
            user.disabled,
            Instant(user.at),
        );
        let updated = self
            .update
            .query_row(says, |row| row.get(0).map(|id: Id| id.0.into()))
            .optional()?;
        Ok(updated.map_or(UserImport::Unchanged, UserImport::Updated))
    }
}
