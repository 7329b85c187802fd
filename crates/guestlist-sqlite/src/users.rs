//! Users: statements, rows and operations.

pub(crate) mod columns;
mod row;

pub(crate) use row::user;

use async_trait::async_trait;
use guestlist::{
    Approval, ArchiveOf, Email, EmailChange, Ended, Epoch, EpochRaise, Extent, FirstAdmin,
    HashExchange, ImportedUser, NameChange, OnConflict, PasswordHash, Role, RoleChange, StoreError,
    Timestamp, User, UserFilter, UserId, UserImport, UserInsertion, UserName, UserSearch,
    UserStanding, UserStore,
};
use rusqlite::{Connection, OptionalExtension, Params};

use crate::{
    SqliteStore,
    import::{self, ImportStatements},
    statements::statements,
    store::ended,
    users::columns::{insert_user, user_columns},
    users::row::user_params,
    values::{self, Id, Instant},
};

statements! {
    /// The statements on users.
    UserStatements {
        insert_user = concat!(insert_user!(), " ON CONFLICT (email) DO NOTHING");

        find_user = concat!("SELECT ", user_columns!(), " FROM {users} u WHERE u.id = ?1");

        find_user_by_email = concat!("SELECT ", user_columns!(), " FROM {users} u WHERE u.email = ?1");

        upgrade_password_hash = "
            UPDATE {users} SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";

        set_password = "
            UPDATE {users} SET password_hash = ?3, epoch = epoch + 1, token_epoch = token_epoch + 1
            WHERE id = ?1 AND epoch = ?2
            RETURNING epoch";

        /// Changes nothing if another user has the address.
        set_email = "
            UPDATE OR IGNORE {users} SET email = ?3, email_as_given = ?4,
                verified_at = CASE WHEN email = ?3 THEN verified_at END
            WHERE id = ?1 AND epoch = ?2";

        set_name = "UPDATE {users} SET name = ?3 WHERE id = ?1 AND epoch = ?2";

        is_in_epoch = "SELECT count(*) FROM {users} u WHERE u.id = ?1 AND u.epoch = ?2";

        /// Ends personal access tokens as well if (3) is true.
        end_sessions_of = "
            UPDATE {users} SET epoch = epoch + 1, token_epoch = token_epoch + ?3
            WHERE id = ?1 AND epoch = ?2
            RETURNING epoch";

        /// Every id is greater than the empty BLOB.
        end_everything = "
            UPDATE {users} SET epoch = epoch + 1, token_epoch = token_epoch + 1 WHERE id IN
                (SELECT u.id FROM {users} u WHERE u.id > coalesce(?1, x'') ORDER BY u.id LIMIT ?2)
            RETURNING id";

        disable_user = "
            UPDATE {users} SET disabled_at = ?2, epoch = epoch + 1, token_epoch = token_epoch + 1
            WHERE id = ?1
            RETURNING epoch";

        enable_user = "
            UPDATE {users} SET disabled_at = NULL WHERE id = ?1 RETURNING epoch";

        set_role = "UPDATE {users} SET role = ?2 WHERE id = ?1";

        approve_user = "
            UPDATE {users} SET approved_at = ?2 WHERE id = ?1 AND approved_at IS NULL";

        has_user = "SELECT count(*) FROM {users} u WHERE u.id = ?1";

        has_admin = "
            SELECT EXISTS (SELECT 1 FROM {users} u WHERE u.role = 'admin' AND u.disabled_at IS NULL)";

        make_first_admin = "
            UPDATE {users} SET role = 'admin', approved_at = coalesce(approved_at, ?2)
            WHERE id = ?1 AND disabled_at IS NULL";

        /// Every id is greater than the empty BLOB.
        list_users = concat!(
            "SELECT ",
            user_columns!(),
            " FROM {users} u WHERE u.id > coalesce(?1, x'') ORDER BY u.id LIMIT ?2"
        );

        /// GLOB distinguishes upper and lower case; the pattern (2) has both.
        find_users = concat!(
            "SELECT ",
            user_columns!(),
            " FROM {users} u WHERE u.id > coalesce(?1, x'')
                AND (?2 IS NULL OR u.email GLOB ?2 OR u.email_as_given GLOB ?2 OR u.name GLOB ?2)
                AND CASE ?3
                    WHEN 'disabled' THEN u.disabled_at IS NOT NULL
                    WHEN 'admins' THEN u.role = 'admin'
                    WHEN 'unapproved' THEN u.approved_at IS NULL
                    WHEN 'unverified' THEN u.verified_at IS NULL
                    ELSE 1 END
            ORDER BY u.id LIMIT ?4"
        );

        delete_user = "DELETE FROM {users} WHERE id = ?1";

        /// For a file that no store has open.
        end_all_at_once = "UPDATE {users} SET epoch = epoch + 1, token_epoch = token_epoch + 1";

        /// Not `INSERT OR REPLACE`: replacing a row deletes the rows that refer to it.
        put_user = concat!(
            insert_user!(),
            " ON CONFLICT (id) DO UPDATE SET email = ?2, email_as_given = ?3, password_hash = ?4, name = ?5,
                created_at = ?6, verified_at = ?7, disabled_at = ?8, epoch = ?9, token_epoch = ?10,
                role = ?11, approved_at = ?12"
        );

        count_users = "SELECT count(*) FROM {users}";
    }
}

#[async_trait]
impl UserStore for SqliteStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        Ok(
            match self
                .change(self.user_sql().insert_user, user_params(user))
                .await?
            {
                0 => UserInsertion::Taken,
                _ => UserInsertion::Done,
            },
        )
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.find_one_user(self.user_sql().find_user, (Id(id.as_uuid()),))
            .await
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let params = (email.key().to_owned(),);
        self.find_one_user(self.user_sql().find_user_by_email, params)
            .await
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
            match self
                .erase(self.user_sql().upgrade_password_hash, params)
                .await?
            {
                0 => HashExchange::Stale,
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
        let set = changed_epoch(self.user_sql().set_password, params);
        let raised = self.database.erase(set).await?;
        Ok(raised.map_or(EpochRaise::Stale, EpochRaise::Raised))
    }

    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
    ) -> Result<EmailChange, StoreError> {
        let sql = self.user_sql();
        let (id, epoch) = (Id(user.as_uuid()), expected.0);
        let (key, as_given) = (new.key().to_owned(), new.as_given().to_owned());
        let change = move |connection: &Connection| {
            let mut set = connection.prepare_cached(sql.set_email)?;
            if set.execute((id, epoch, key, as_given))? > 0 {
                return Ok(EmailChange::Changed);
            }
            let mut look = connection.prepare_cached(sql.is_in_epoch)?;
            let is_in_epoch: bool = look.query_row((id, epoch), |row| row.get(0))?;
            Ok(if is_in_epoch {
                EmailChange::Taken
            } else {
                EmailChange::Stale
            })
        };
        self.database.erase(change).await
    }

    async fn set_name(
        &self,
        user: UserId,
        expected: Epoch,
        new: Option<&UserName>,
    ) -> Result<NameChange, StoreError> {
        let sql = self.user_sql();
        let (id, epoch) = (Id(user.as_uuid()), expected.0);
        let name = new.map(|name| name.as_str().to_owned());
        let change = move |connection: &Connection| {
            let mut set = connection.prepare_cached(sql.set_name)?;
            set.execute((id, epoch, name))
        };
        Ok(match self.database.erase(change).await? {
            0 => NameChange::Stale,
            _ => NameChange::Changed,
        })
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        let params = (Id(user.as_uuid()), Instant(now));
        self.change_epoch(self.user_sql().disable_user, params)
            .await
    }

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        let params = (Id(user.as_uuid()),);
        self.change_epoch(self.user_sql().enable_user, params).await
    }

    async fn set_role(&self, user: UserId, role: Role) -> Result<RoleChange, StoreError> {
        let params = (Id(user.as_uuid()), role.as_str());
        Ok(match self.change(self.user_sql().set_role, params).await? {
            0 => RoleChange::UserGone,
            _ => RoleChange::Done,
        })
    }

    async fn approve_user(&self, user: UserId, now: Timestamp) -> Result<Approval, StoreError> {
        let (sql, id) = (self.user_sql(), Id(user.as_uuid()));
        let change = move |connection: &Connection| {
            let mut approve = connection.prepare_cached(sql.approve_user)?;
            if approve.execute((id, Instant(now)))? > 0 {
                return Ok(Approval::Now);
            }
            let mut look = connection.prepare_cached(sql.has_user)?;
            let exists: bool = look.query_row((id,), |row| row.get(0))?;
            Ok(if exists {
                Approval::Before
            } else {
                Approval::UserGone
            })
        };
        self.database.write(change).await
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        let sql = self.user_sql().has_admin;
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row((), |row| row.get(0))
        };
        self.database.find(query).await
    }

    /// One writer runs at a time, so nothing changes between the two statements.
    async fn make_first_admin(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<FirstAdmin, StoreError> {
        let (sql, id) = (self.user_sql(), Id(user.as_uuid()));
        let change = move |connection: &Connection| {
            let mut look = connection.prepare_cached(sql.has_admin)?;
            if look.query_row((), |row| row.get(0))? {
                return Ok(FirstAdmin::Exists);
            }
            let mut make = connection.prepare_cached(sql.make_first_admin)?;
            Ok(match make.execute((id, Instant(now)))? {
                0 => FirstAdmin::UserGone,
                _ => FirstAdmin::Done,
            })
        };
        self.database.write(change).await
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let params = (after.map(|id| Id(id.as_uuid())), limit);
        self.list(self.user_sql().list_users, params, |row| user(row, 0))
            .await
    }

    async fn find_users(
        &self,
        filter: &UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let params = (
            after.map(|id| Id(id.as_uuid())),
            filter.search.as_ref().map(UserSearch::as_glob),
            filter.standing.map(UserStanding::as_str),
            limit,
        );
        self.list(self.user_sql().find_users, params, |row| user(row, 0))
            .await
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let users = users.to_vec();
        let sql = ImportStatements::of(self.prefix);
        let change =
            move |connection: &Connection| import::users(connection, sql, users, on_conflict);
        self.database.erase(change).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        expected: Epoch,
        extent: Extent,
    ) -> Result<EpochRaise, StoreError> {
        let and_tokens = extent == Extent::SessionsAndTokens;
        let params = (Id(user.as_uuid()), expected.0, and_tokens);
        let raised = self
            .change_epoch(self.user_sql().end_sessions_of, params)
            .await?;
        Ok(raised.map_or(EpochRaise::Stale, EpochRaise::Raised))
    }

    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let sql = self.user_sql();
        let params = (after.map(|id| Id(id.as_uuid())), limit);
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql.end_everything)?;
            let ended = statement.query_map(params, |row| row.get(0))?;
            ended.collect::<rusqlite::Result<Vec<Id>>>()
        };
        let ended = self.database.write(change).await?;
        let mut ended: Vec<_> = ended.into_iter().map(|id| UserId::from(id.0)).collect();
        // SQLite returns changed rows in no order.
        ended.sort_unstable();
        Ok(ended)
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let params = (Id(user.as_uuid()),);
        self.erase(self.user_sql().delete_user, params)
            .await
            .map(ended)
    }
}

#[async_trait]
impl ArchiveOf<User> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.user_sql().count_users).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<User>, StoreError> {
        let after = values::id(after)?;
        self.list(self.user_sql().list_users, (after, limit), |row| {
            user(row, 0)
        })
        .await
    }

    async fn put_all(&self, users: &[User]) -> Result<(), StoreError> {
        let sql = self.user_sql().put_user;
        let put = move |connection: &Connection, user: &_| {
            connection.prepare_cached(sql)?.execute(user_params(user))
        };
        self.put(users, put).await
    }
}

impl SqliteStore {
    fn user_sql(&self) -> &'static UserStatements {
        UserStatements::of(self.prefix)
    }

    async fn find_one_user(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<Option<User>, StoreError> {
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(params, |row| user(row, 0)).optional()
        };
        self.database.find(query).await
    }

    /// Returns the session epoch of the user that a statement changed, if it changed a user.
    async fn change_epoch(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<Option<Epoch>, StoreError> {
        self.database.write(changed_epoch(sql, params)).await
    }
}

fn changed_epoch(
    sql: &'static str,
    params: impl Params + Send + 'static,
) -> impl FnOnce(&Connection) -> rusqlite::Result<Option<Epoch>> + Send + 'static {
    move |connection| {
        let mut statement = connection.prepare_cached(sql)?;
        let epoch = statement.query_row(params, |row| row.get(0).map(Epoch));
        epoch.optional()
    }
}
