//! Users: statements, rows and operations.

pub(crate) mod columns;

use std::error::Error;

use async_trait::async_trait;
use guestlist::{
    Approval, ArchiveOf, Email, EmailChange, EmailRestoration, EmailVerification, Ended, Epoch,
    EpochRaise, Extent, FirstAdmin, HashExchange, ImportedUser, NameChange, OnConflict,
    PasswordHash, Role, RoleChange, StoreError, Timestamp, User, UserFilter, UserId, UserImport,
    UserInsertion, UserName, UserSearch, UserStanding, UserStore,
};
use tokio_postgres::{Row, error::SqlState};
use uuid::Uuid;

use crate::{
    PostgresStore,
    database::Params,
    import,
    statements::{before_all, statements},
    store::ended,
    users::columns::{insert_user, set_user, user_columns},
    values::{self, Column, Unreadable, instant, lent, optional_instant, word},
};

statements! {
    INSERT_USER = concat!(insert_user!(), " ON CONFLICT (email) DO NOTHING");

    FIND_USER = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1");

    FIND_USER_BY_EMAIL = concat!("SELECT ", user_columns!(), " FROM users u WHERE u.email = $1");

    UPGRADE_PASSWORD_HASH = "
        UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";

    SET_PASSWORD = "
        UPDATE users SET password_hash = $3, epoch = epoch + 1, token_epoch = token_epoch + 1
        WHERE id = $1 AND epoch = $2
        RETURNING epoch";

    /// The unique index refuses an address of another user.
    SET_EMAIL = "
        UPDATE users SET email = $3, email_as_given = $4,
            verified_at = CASE WHEN email = $3 THEN verified_at END
        WHERE id = $1 AND epoch = $2";

    VERIFY_EMAIL = "UPDATE users SET verified_at = $3 WHERE id = $1 AND email = $2";

    /// The unique index refuses an address of another user.
    RESTORE_EMAIL = "
        UPDATE users SET email = $2, email_as_given = $3, verified_at = $4,
            password_hash = NULL, epoch = epoch + 1, token_epoch = token_epoch + 1
        WHERE id = $1
        RETURNING epoch";

    SET_NAME = "UPDATE users SET name = $3 WHERE id = $1 AND epoch = $2";

    /// Ends personal access tokens as well if (3) is true.
    END_SESSIONS_OF = "
        UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + $3::boolean::integer
        WHERE id = $1 AND epoch = $2
        RETURNING epoch";

    /// Locks the rows in the order of their ids, so that two such statements never block each
    /// other.
    END_EVERYTHING = concat!(
        "UPDATE users SET epoch = epoch + 1, token_epoch = token_epoch + 1 WHERE id = ANY (ARRAY(
            SELECT u.id FROM users u WHERE u.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY u.id LIMIT $2 FOR NO KEY UPDATE))
        RETURNING id"
    );

    DISABLE_USER = "
        UPDATE users SET disabled_at = $2, epoch = epoch + 1, token_epoch = token_epoch + 1
        WHERE id = $1
        RETURNING epoch";

    ENABLE_USER = "
        UPDATE users SET disabled_at = NULL WHERE id = $1 RETURNING epoch";

    SET_ROLE = "UPDATE users SET role = $2 WHERE id = $1";

    APPROVE_USER = "UPDATE users SET approved_at = $2 WHERE id = $1 AND approved_at IS NULL";

    HAS_ADMIN = "
        SELECT 1 AS found FROM users u WHERE u.role = 'admin' AND u.disabled_at IS NULL LIMIT 1";

    /// Only one transaction at a time makes a first administrator. The next statement sees what
    /// the one before it committed.
    HOLD_FIRST_ADMIN = "
        SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('first administrator'))";

    MAKE_FIRST_ADMIN = "
        UPDATE users SET role = 'admin', approved_at = coalesce(approved_at, $2)
        WHERE id = $1 AND disabled_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM users u WHERE u.role = 'admin' AND u.disabled_at IS NULL)";

    LIST_USERS = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u WHERE u.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY u.id LIMIT $2"
    );

    /// The pattern (2) has both cases of each letter, so the collation of the database does not
    /// matter. It begins with `***:`, so that it cannot be taken for another kind of pattern.
    FIND_USERS = concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u WHERE u.id > coalesce($1, ",
        before_all!(),
        ") AND ($2::text IS NULL OR u.email ~ ('***:' || $2)
                OR u.email_as_given ~ ('***:' || $2) OR u.name ~ ('***:' || $2))
            AND CASE $3::text
                WHEN 'disabled' THEN u.disabled_at IS NOT NULL
                WHEN 'admins' THEN u.role = 'admin'
                WHEN 'unapproved' THEN u.approved_at IS NULL
                WHEN 'unverified' THEN u.verified_at IS NULL
                ELSE true END
        ORDER BY u.id LIMIT $4"
    );

    DELETE_USER = "DELETE FROM users WHERE id = $1";

    PUT_USER = concat!(
        insert_user!(),
        " ON CONFLICT (id) DO UPDATE SET ",
        set_user!()
    );

    COUNT_USERS = "SELECT count(*) FROM users";
}

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
    ) -> Result<EmailChange, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &expected.0, &new.key(), &new.as_given()];
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
        let standing = filter.standing.map(UserStanding::as_str);
        let after = after.map(|id| id.as_uuid());
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

#[async_trait]
impl ArchiveOf<User> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_USERS).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<User>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        self.archive_page(LIST_USERS, params, user).await
    }

    async fn put_all(&self, users: &[User]) -> Result<(), StoreError> {
        self.put(PUT_USER, users, user_params).await
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

fn user(row: &Row) -> Result<User, Unreadable> {
    user_from(row, 0)
}

/// Reads `user_columns!` from column `first` on.
pub(crate) fn user_from(row: &Row, first: usize) -> Result<User, Unreadable> {
    Ok(User {
        id: UserId::from(row.try_get::<_, Uuid>(first)?),
        email: Email::from_stored(row.try_get(first + 1)?, row.try_get(first + 2)?),
        password_hash: row
            .try_get::<_, Option<String>>(first + 3)?
            .map(PasswordHash::from_stored),
        name: row
            .try_get::<_, Option<String>>(first + 4)?
            .map(UserName::from_stored),
        created_at: instant(row, first + 5)?,
        verified_at: optional_instant(row, first + 6)?,
        disabled_at: optional_instant(row, first + 7)?,
        epoch: Epoch(row.try_get(first + 8)?),
        token_epoch: Epoch(row.try_get(first + 9)?),
        role: word(row, first + 10)?,
        approved_at: optional_instant(row, first + 11)?,
    })
}

/// The parameters of the statements that insert a user.
fn user_params(user: &User) -> Vec<Column> {
    vec![
        Box::new(user.id.as_uuid()),
        Box::new(user.email.key().to_owned()),
        Box::new(user.email.as_given().to_owned()),
        Box::new(
            user.password_hash
                .as_ref()
                .map(|hash| hash.as_stored().to_owned()),
        ),
        Box::new(user.name.as_ref().map(|name| name.as_str().to_owned())),
        Box::new(user.created_at.as_millis()),
        Box::new(user.verified_at.map(Timestamp::as_millis)),
        Box::new(user.disabled_at.map(Timestamp::as_millis)),
        Box::new(user.epoch.0),
        Box::new(user.token_epoch.0),
        Box::new(user.role.as_str()),
        Box::new(user.approved_at.map(Timestamp::as_millis)),
    ]
}
