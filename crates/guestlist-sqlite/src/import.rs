//! Imports users of another system: many rows in one commit.

use guestlist::{ImportedUser, OnConflict, UserImport};
use rusqlite::{CachedStatement, Connection, OptionalExtension};

use crate::{
    statements::statements,
    users::columns::insert_user,
    values::{Id, Instant},
};

/// The size of the page cache for a large import. Addresses come in no order, so a large slice
/// changes pages all over the index. They stay in memory until the commit; with SQLite's default
/// cache they would be written several times.
const CACHE_KIB: i64 = 64 * 1024;
/// The number of rows from which an import is large.
const LARGE: usize = 1_000;

statements! {
    /// The statements of an import.
    ImportStatements {
        /// Nothing is inserted if either the address or the id is taken.
        insert = concat!(insert_user!(), " ON CONFLICT DO NOTHING");

        email_of = "SELECT u.email FROM {users} u WHERE u.id = ?1";

        /// Stores the row's values that differ from the stored ones: the password hash (2) and the
        /// name (3). It also stores whether the address is verified (4) and the user is disabled
        /// (5), both at that time (6).
        update = "
            UPDATE {users} SET
                password_hash = coalesce(?2, password_hash),
                name = coalesce(?3, name),
                verified_at = CASE WHEN ?4 IS NULL THEN verified_at
                                   WHEN ?4 THEN coalesce(verified_at, ?6) END,
                disabled_at = CASE WHEN ?5 IS NULL THEN disabled_at
                                   WHEN ?5 THEN coalesce(disabled_at, ?6) END,
                epoch = epoch + ((?2 IS NOT NULL AND password_hash IS NOT ?2)
                                 OR (coalesce(?5, 0) AND disabled_at IS NULL)),
                token_epoch = token_epoch + ((?2 IS NOT NULL AND password_hash IS NOT ?2)
                                             OR (coalesce(?5, 0) AND disabled_at IS NULL))
            WHERE email = ?1 AND ((?2 IS NOT NULL AND password_hash IS NOT ?2)
                                  OR (?3 IS NOT NULL AND name IS NOT ?3)
                                  OR ?4 <> (verified_at IS NOT NULL)
                                  OR ?5 <> (disabled_at IS NOT NULL))
            RETURNING id";
    }
}

/// Imports the rows in their order: see
/// [`UserStore::import_users`](guestlist::UserStore::import_users).
pub(crate) fn users(
    connection: &Connection,
    sql: &ImportStatements,
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
    sql: &ImportStatements,
    users: Vec<ImportedUser>,
    on_conflict: OnConflict,
) -> rusqlite::Result<Vec<UserImport>> {
    let mut import = Import {
        insert: connection.prepare_cached(sql.insert)?,
        email_of: connection.prepare_cached(sql.email_of)?,
        update: connection.prepare_cached(sql.update)?,
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
            user.role.as_str(),
            user.approved.then_some(Instant(user.created_at)),
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
