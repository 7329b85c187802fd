//! The promises of the door's store, each one statement; [`import`] has several, in one transaction.

use std::path::Path;

use async_trait::async_trait;
use guestlist::{
    Email, Ended, Epoch, EpochRaise, HashExchange, ImportedUser, OnConflict, PasswordHash, Session,
    SessionId, SessionInsertion, Store, StoreError, Timestamp, User, UserId, UserImport,
    UserInsertion,
};
use rusqlite::{Connection, OptionalExtension, Params};

use crate::{
    Database, OpenError, import,
    row::{self, Id, Instant},
    sql,
};

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// The door's store in one file of SQLite.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    database: Database,
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings its tables up to date.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::over(Database::open(path).await?).await
    }

    /// The same in a file that is open already.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        database
            .migrate(migrations::migrations::runner(), "guestlist_migrations")
            .await?;
        Ok(Self { database })
    }

    /// How many rows a statement changed.
    async fn change(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<usize, StoreError> {
        let change = move |connection: &Connection| connection.prepare_cached(sql)?.execute(params);
        self.database.write(change).await
    }

    /// The epoch of the user a statement changed, if it changed one.
    async fn change_epoch(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<Option<Epoch>, StoreError> {
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement
                .query_row(params, |row| row.get(0).map(Epoch))
                .optional()
        };
        self.database.write(change).await
    }

    async fn find_one_user(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<Option<User>, StoreError> {
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement
                .query_row(params, |row| row::user(row, 0))
                .optional()
        };
        self.database.read(query).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        let params = (
            Id(user.id.as_uuid()),
            user.email.key().to_owned(),
            user.email.as_given().to_owned(),
            user.password_hash
                .as_ref()
                .map(|hash| hash.as_stored().to_owned()),
            user.name.as_ref().map(|name| name.as_str().to_owned()),
            Instant(user.created_at),
            user.verified_at.map(Instant),
            user.disabled_at.map(Instant),
            user.epoch.0,
        );
        Ok(match self.change(sql::INSERT_USER, params).await? {
            0 => UserInsertion::EmailTaken,
            _ => UserInsertion::Done,
        })
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.find_one_user(sql::FIND_USER, (Id(id.as_uuid()),))
            .await
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let params = (email.key().to_owned(),);
        self.find_one_user(sql::FIND_USER_BY_EMAIL, params).await
    }

    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        let (expected, new) = (expected.as_stored().to_owned(), new.as_stored().to_owned());
        let params = (Id(user.as_uuid()), expected, new);
        Ok(
            match self.change(sql::UPGRADE_PASSWORD_HASH, params).await? {
                0 => HashExchange::SomebodyWasFaster,
                _ => HashExchange::Replaced,
            },
        )
    }

    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError> {
        let params = (Id(user.as_uuid()), expected.0, new.as_stored().to_owned());
        let raised = self.change_epoch(sql::SET_PASSWORD, params).await?;
        Ok(raised.map_or(EpochRaise::SomebodyWasFaster, EpochRaise::Raised))
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        let params = (Id(user.as_uuid()), Instant(now));
        self.change_epoch(sql::DISABLE_USER, params).await
    }

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        let params = (Id(user.as_uuid()),);
        self.change_epoch(sql::ENABLE_USER, params).await
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::LIST_USERS)?;
            let params = (after.map(|id| Id(id.as_uuid())), limit);
            let users = statement.query_map(params, |row| row::user(row, 0))?;
            users.collect()
        };
        self.database.read(query).await
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let users = users.to_vec();
        let change = move |connection: &Connection| import::users(connection, users, on_conflict);
        self.database.write(change).await
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let params = (Id(user.as_uuid()),);
        self.change(sql::DELETE_USER, params).await.map(ended)
    }

    async fn insert_session(&self, session: &Session) -> Result<SessionInsertion, StoreError> {
        let params = (
            Id(session.id.as_uuid()),
            Id(session.user_id.as_uuid()),
            session.epoch.0,
            Instant(session.created_at),
            Instant(session.expires_at),
            session.client.device.clone(),
            session.client.address.map(|address| address.to_string()),
        );
        Ok(match self.change(sql::INSERT_SESSION, params).await? {
            0 => SessionInsertion::UserGone,
            _ => SessionInsertion::Done,
        })
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::FIND_SESSION)?;
            statement
                .query_row((Id(id.as_uuid()),), row::session_and_user)
                .optional()
        };
        self.database.read(query).await
    }

    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError> {
        let params = (Id(id.as_uuid()),);
        self.change(sql::END_SESSION, params).await.map(ended)
    }

    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let swept = self
            .change(sql::SWEEP_SESSIONS, (Instant(before), limit))
            .await?;
        Ok(u64::try_from(swept).unwrap_or(u64::MAX))
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let query = |connection: &Connection| -> rusqlite::Result<i64> {
            connection
                .prepare_cached(sql::READY)?
                .query_row((), |row| row.get(0))
        };
        self.database.read(query).await.map(drop)
    }
}

fn ended(rows: usize) -> Ended {
    if rows == 0 { Ended::Before } else { Ended::Now }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_statement_fits_the_migrated_schema() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let store = SqliteStore::open(folder.path().join("a.sqlite"))
            .await
            .expect("opens");
        for sql in sql::ALL {
            let prepared = store
                .database
                .write(move |c| c.prepare(sql).map(drop))
                .await;
            prepared.expect(sql);
        }
    }

    #[tokio::test]
    async fn look_ups_by_one_key_scan_no_table() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let store = SqliteStore::open(folder.path().join("a.sqlite"))
            .await
            .expect("opens");
        for sql in sql::ALL {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let plan = store.database.read(move |connection| {
                let mut statement = connection.prepare(&explain)?;
                let unbound = statement.parameter_count();
                let params = rusqlite::params_from_iter(vec![rusqlite::types::Null; unbound]);
                let rows = statement.query_map(params, |row| row.get::<_, String>(3))?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            });
            let plan = plan.await.expect(sql).join("; ");
            let scans = plan.contains("SCAN u") || plan.contains("SCAN s");
            assert!(!scans || sql == sql::READY, "{sql}: {plan}");
        }
    }

    #[tokio::test]
    async fn tables_of_a_newer_version_are_refused() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let path = folder.path().join("a.sqlite");
        let store = SqliteStore::open(&path).await.expect("opens");
        let newer = "INSERT INTO guestlist_migrations (version, name, applied_on, checksum)
            VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')";
        store
            .database
            .write(move |c| c.execute(newer, ()))
            .await
            .expect("inserts");
        let refused = SqliteStore::open(&path).await;
        assert!(matches!(refused, Err(OpenError::TooNew(name)) if name.contains("future")));
    }

    #[tokio::test]
    async fn users_of_the_first_version_are_still_there() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let database = Database::open(folder.path().join("a.sqlite"));
        let database = database.await.expect("opens");
        let first = migrations::migrations::runner().set_target(refinery::Target::Version(1));
        let migrated = database.migrate(first, "guestlist_migrations").await;
        migrated.expect("migrates");
        let insert = "INSERT INTO users VALUES
            (x'01890a5d2c007000800000000000000a', 'ada@example.com', 'Ada@example.com', '!', 7, 8, 9)";
        let inserted = database.write(move |c| c.execute(insert, ())).await;
        inserted.expect("inserts");
        let store = SqliteStore::over(database).await.expect("migrates");
        let ada = guestlist::testing::email("ada@example.com");
        let found = store.find_user_by_email(&ada).await.expect("answers");
        let found = found.expect("is there");
        assert_eq!((found.name, found.verified_at), (None, None));
        assert_eq!(found.disabled_at, Some(Timestamp::from_millis(8)));
        assert_eq!(found.epoch, Epoch(9));
    }

    #[tokio::test]
    async fn two_that_open_a_new_file_at_once_both_find_it_migrated() {
        let folder = tempfile::tempdir().expect("makes a folder");
        for round in 0..5 {
            let path = folder.path().join(format!("{round}.sqlite"));
            let (first, second) = tokio::join!(SqliteStore::open(&path), SqliteStore::open(&path));
            first.expect("opens").ready().await.expect("is ready");
            second.expect("opens").ready().await.expect("is ready");
        }
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_opening_again() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let path = folder.path().join("a.sqlite");
        let user = guestlist::testing::user("ada@example.com");
        let store = SqliteStore::open(&path).await.expect("opens");
        store.insert_user(&user).await.expect("inserts");
        drop(store);
        let store = SqliteStore::open(&path).await.expect("opens");
        let found = store.find_user(user.id).await.expect("answers");
        assert!(found.is_some());
    }
}
