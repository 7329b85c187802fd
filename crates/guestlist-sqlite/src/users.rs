//! Users: operations. Their statements and rows are in `users/`.

mod archive;
pub(crate) mod columns;
mod rows;

pub(crate) use rows::{UserStatements, user};

use async_trait::async_trait;
use guestlist::{
    Approval, Email, EmailChange, EmailRestoration, EmailVerification, Ended, Epoch, EpochRaise,
    Extent, FirstAdmin, HashExchange, ImportedUser, NameChange, OnConflict, PasswordHash, Role,
    RoleChange, StoreError, Timestamp, User, UserFilter, UserId, UserImport, UserInsertion,
    UserName, UserSearch, UserStanding, UserStore,
};
use rusqlite::{Connection, OptionalExtension, Params};

use crate::{
    SqliteStore,
    import::{self, ImportStatements},
    store::ended,
    users::rows::user_params,
    values::{Id, Instant},
};

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
        verified_at: Option<Timestamp>,
    ) -> Result<EmailChange, StoreError> {
        let sql = self.user_sql();
        let (id, epoch) = (Id(user.as_uuid()), expected.0);
        let (key, as_given) = (new.key().to_owned(), new.as_given().to_owned());
        let verified_at = verified_at.map(Instant);
        let change = move |connection: &Connection| {
            let mut set = connection.prepare_cached(sql.set_email)?;
            if set.execute((id, epoch, key, as_given, verified_at))? > 0 {
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

    async fn verify_email(
        &self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<EmailVerification, StoreError> {
        let params = (Id(user.as_uuid()), email.key().to_owned(), Instant(now));
        Ok(
            match self.change(self.user_sql().verify_email, params).await? {
                0 => EmailVerification::Stale,
                _ => EmailVerification::Verified,
            },
        )
    }

    async fn restore_email(
        &self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<EmailRestoration, StoreError> {
        let sql = self.user_sql();
        let id = Id(user.as_uuid());
        let (key, as_given) = (email.key().to_owned(), email.as_given().to_owned());
        let restore = changed_epoch(sql.restore_email, (id, key, as_given, Instant(now)));
        let change = move |connection: &Connection| {
            if let Some(epoch) = restore(connection)? {
                return Ok(EmailRestoration::Restored(epoch));
            }
            let mut look = connection.prepare_cached(sql.find_user)?;
            Ok(if look.exists((id,))? {
                EmailRestoration::Taken
            } else {
                EmailRestoration::Gone
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
        let sql = self.user_sql();
        let after = after.map(|id| Id(id.as_uuid()));
        let search = filter.search.as_ref().map(UserSearch::as_glob);
        if filter.standing == Some(UserStanding::Admins) {
            let params = (after, search, limit);
            return self.list(sql.find_admins, params, |row| user(row, 0)).await;
        }
        let standing = filter.standing.map(UserStanding::as_str);
        let params = (after, search, standing, limit);
        self.list(sql.find_users, params, |row| user(row, 0)).await
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
