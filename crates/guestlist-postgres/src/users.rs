//! Users: operations. Their statements and rows are in `users/`.

mod archive;
pub(crate) mod columns;
mod rows;

#[cfg(test)]
pub(crate) use rows::STATEMENTS;
use rows::{
    APPROVE_USER, DELETE_USER, DISABLE_USER, ENABLE_USER, END_EVERYTHING, END_SESSIONS_OF,
    FIND_USER, FIND_USER_BY_EMAIL, FIND_USERS, HAS_ADMIN, HOLD_FIRST_ADMIN, INSERT_USER,
    LIST_USERS, MAKE_FIRST_ADMIN, RESTORE_EMAIL, SET_EMAIL, SET_NAME, SET_PASSWORD, SET_ROLE,
    UPGRADE_PASSWORD_HASH, VERIFY_EMAIL, user, user_params,
};
pub(crate) use rows::{FIND_ADMINS, user_from};

use std::error::Error;

use async_trait::async_trait;
use guestlist::{
    Approval, Email, EmailChange, EmailRestoration, EmailVerification, Ended, Epoch, EpochRaise,
    Extent, FirstAdmin, HashExchange, ImportedUser, NameChange, OnConflict, PasswordHash, Role,
    RoleChange, StoreError, Timestamp, User, UserFilter, UserId, UserImport, UserInsertion,
    UserName, UserSearch, UserStanding, UserStore,
};
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::{PostgresStore, database::Params, import, store::ended, values::lent};

#[async_trait]
impl UserStore for PostgresStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        let columns = user_params(user);
        let params = lent(&columns);
        Ok(match self.database.change(INSERT_USER, &params).await? {
            0 => UserInsertion::Taken,
            _ => UserInsertion::Done,
        })
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        self.find(FIND_USER, params, user).await
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let params: Params<'_> = &[&email.key()];
        self.find(FIND_USER_BY_EMAIL, params, user).await
    }

    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &expected.as_stored(), &new.as_stored()];
        let upgraded = self.database.change(UPGRADE_PASSWORD_HASH, params);
        Ok(match upgraded.await? {
            0 => HashExchange::Stale,
            _ => HashExchange::Replaced,
        })
    }

    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &expected.0, &new.as_stored()];
        let raised = self.change_epoch(SET_PASSWORD, params).await?;
        Ok(raised.map_or(EpochRaise::Stale, EpochRaise::Raised))
    }

    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
        verified_at: Option<Timestamp>,
    ) -> Result<EmailChange, StoreError> {
        let params: Params<'_> = &[
            &user.as_uuid(),
            &expected.0,
            &new.key(),
            &new.as_given(),
            &verified_at.map(Timestamp::as_millis),
        ];
        match self.database.change(SET_EMAIL, params).await {
            Ok(0) => Ok(EmailChange::Stale),
            Ok(_) => Ok(EmailChange::Changed),
            Err(StoreError::Failed(why)) if is_taken(&*why) => Ok(EmailChange::Taken),
            Err(error) => Err(error),
        }
    }

    async fn verify_email(
        &self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<EmailVerification, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &email.key(), &now.as_millis()];
        Ok(match self.database.change(VERIFY_EMAIL, params).await? {
            0 => EmailVerification::Stale,
            _ => EmailVerification::Verified,
        })
    }

    async fn restore_email(
        &self,
        user: UserId,
        email: &Email,
        now: Timestamp,
    ) -> Result<EmailRestoration, StoreError> {
        let params: Params<'_> = &[
            &user.as_uuid(),
            &email.key(),
            &email.as_given(),
            &now.as_millis(),
        ];
        match self.change_epoch(RESTORE_EMAIL, params).await {
            Ok(Some(epoch)) => Ok(EmailRestoration::Restored(epoch)),
            Ok(None) => Ok(EmailRestoration::Gone),
            Err(StoreError::Failed(why)) if is_taken(&*why) => Ok(EmailRestoration::Taken),
            Err(error) => Err(error),
        }
    }

    async fn set_name(
        &self,
        user: UserId,
        expected: Epoch,
        new: Option<&UserName>,
    ) -> Result<NameChange, StoreError> {
        let name = new.map(UserName::as_str);
        let params: Params<'_> = &[&user.as_uuid(), &expected.0, &name];
        Ok(match self.database.change(SET_NAME, params).await? {
            0 => NameChange::Stale,
            _ => NameChange::Changed,
        })
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &now.as_millis()];
        self.change_epoch(DISABLE_USER, params).await
    }

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        let params: Params<'_> = &[&user.as_uuid()];
        self.change_epoch(ENABLE_USER, params).await
    }

    async fn set_role(&self, user: UserId, role: Role) -> Result<RoleChange, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &role.as_str()];
        Ok(match self.database.change(SET_ROLE, params).await? {
            0 => RoleChange::UserGone,
            _ => RoleChange::Done,
        })
    }

    /// No user becomes unapproved again, so the look-up may follow.
    async fn approve_user(&self, user: UserId, now: Timestamp) -> Result<Approval, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &now.as_millis()];
        if self.database.change(APPROVE_USER, params).await? > 0 {
            return Ok(Approval::Now);
        }
        Ok(match self.find_user(user).await? {
            Some(_) => Approval::Before,
            None => Approval::UserGone,
        })
    }

    async fn has_admin(&self) -> Result<bool, StoreError> {
        let found = self.find(HAS_ADMIN, &[], |_| Ok(())).await?;
        Ok(found.is_some())
    }

    async fn make_first_admin(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<FirstAdmin, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &now.as_millis()];
        let changes = [(HOLD_FIRST_ADMIN, &[][..]), (MAKE_FIRST_ADMIN, params)];
        if let [.., 1] = self.database.change_in_turn(&changes).await?.as_slice() {
            return Ok(FirstAdmin::Done);
        }
        Ok(match self.has_admin().await? {
            true => FirstAdmin::Exists,
            false => FirstAdmin::UserGone,
        })
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let params: Params<'_> = &[&after.map(|id| id.as_uuid()), &i64::from(limit)];
        self.list(LIST_USERS, params, user).await
    }

    async fn find_users(
        &self,
        filter: &UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let search = filter.search.as_ref().map(UserSearch::as_regex);
        let after = after.map(|id| id.as_uuid());
        if filter.standing == Some(UserStanding::Admins) {
            let params: Params<'_> = &[&after, &search, &i64::from(limit)];
            return self.list(FIND_ADMINS, params, user).await;
        }
        let standing = filter.standing.map(UserStanding::as_str);
        let params: Params<'_> = &[&after, &search, &standing, &i64::from(limit)];
        self.list(FIND_USERS, params, user).await
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        import::users(&self.database, users, on_conflict).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        expected: Epoch,
        extent: Extent,
    ) -> Result<EpochRaise, StoreError> {
        let and_tokens = extent == Extent::SessionsAndTokens;
        let params: Params<'_> = &[&user.as_uuid(), &expected.0, &and_tokens];
        let raised = self.change_epoch(END_SESSIONS_OF, params).await?;
        Ok(raised.map_or(EpochRaise::Stale, EpochRaise::Raised))
    }

    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let params: Params<'_> = &[&after.map(|id| id.as_uuid()), &i64::from(limit)];
        let rows = self.database.change_returning(END_EVERYTHING, params);
        let ended = rows.await?;
        let ended = ended.iter().map(|row| row.try_get::<_, Uuid>(0));
        let ended: Result<Vec<_>, _> = ended.map(|id| id.map(UserId::from)).collect();
        let mut ended = ended.map_err(StoreError::unknown)?;
        // PostgreSQL returns changed rows in no order.
        ended.sort_unstable();
        Ok(ended)
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&user.as_uuid()];
        let deleted = self.database.change(DELETE_USER, params).await;
        deleted.map(ended)
    }
}

impl PostgresStore {
    /// Returns the session epoch of the user that a statement changed, if it changed a user.
    async fn change_epoch(
        &self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Option<Epoch>, StoreError> {
        let rows = self.database.change_returning(sql, params).await?;
        let epoch = rows.first().map(|row| row.try_get(0).map(Epoch));
        epoch.transpose().map_err(StoreError::unknown)
    }
}

/// Whether the server refused a change because a unique index has the value already.
fn is_taken(why: &(dyn Error + Send + Sync + 'static)) -> bool {
    let said = why.downcast_ref::<tokio_postgres::Error>();
    said.and_then(tokio_postgres::Error::code) == Some(&SqlState::UNIQUE_VIOLATION)
}
