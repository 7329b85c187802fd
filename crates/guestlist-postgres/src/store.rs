//! The promises of the door's store, each one statement, or several that are safe between.

use std::error::Error;

use async_trait::async_trait;
use guestlist::{
    Census, Email, EmailChange, Ended, Epoch, EpochRaise, Extent, HashExchange, ImportedUser, Key,
    KeyCensus, KeyInsertion, NameChange, OnConflict, PasswordHash, Rotation, SecretExchange,
    Session, SessionId, SessionInsertion, SessionProof, SessionRotation, Store, StoreError,
    Timestamp, Token, TokenHash, TokenId, TokenInsertion, TokenKeyId, TokenOwner, User, UserId,
    UserImport, UserInsertion, UserName,
};
use tokio_postgres::{Row, error::SqlState};
use uuid::Uuid;

use crate::{
    Database, OpenError, columns,
    database::Params,
    import,
    row::{self, Unreadable},
    sql,
};

/// The table that lists which migrations a database has.
const HISTORY: &str = "guestlist_migrations";

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// The door's store in one database of PostgreSQL.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pub(crate) database: Database,
}

impl PostgresStore {
    /// Opens the database of that URL, as [`Database::open`] reads it, and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::over(Database::open(url).await?).await
    }

    /// Whether a store has been made in this database. It changes nothing.
    ///
    /// # Errors
    ///
    /// If the server does not answer.
    pub async fn is_in(database: &Database) -> Result<bool, OpenError> {
        database.has_history(HISTORY).await
    }

    /// The same in a database that is open already.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        let runner = migrations::migrations::runner();
        database.migrate(runner, HISTORY).await?;
        Ok(Self { database })
    }

    /// The epoch of the user a statement changed, if it changed one.
    async fn change_epoch(
        &self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Option<Epoch>, StoreError> {
        let rows = self.database.change_returning(sql, params).await?;
        let epoch = rows.first().map(|row| row.try_get(0).map(Epoch));
        epoch.transpose().map_err(StoreError::unknown)
    }

    async fn find<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        record: fn(&Row) -> Result<T, Unreadable>,
    ) -> Result<Option<T>, StoreError> {
        let row = self.database.find(sql, params).await?;
        let record = row.as_ref().map(record).transpose();
        record.map_err(StoreError::failed)
    }

    async fn list<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        record: fn(&Row) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.database.list(sql, params).await?;
        let records = rows.iter().map(record).collect::<Result<_, _>>();
        records.map_err(StoreError::failed)
    }

    /// Records that were used, each then, in one statement.
    async fn touch(&self, sql: &str, ids: Vec<Uuid>, at: Vec<i64>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.database.change(sql, &[&ids, &at]).await.map(drop)
    }
}

/// Whether the server refused a change because a unique index has the value already.
fn is_taken(why: &(dyn Error + Send + Sync + 'static)) -> bool {
    let said = why.downcast_ref::<tokio_postgres::Error>();
    said.and_then(tokio_postgres::Error::code) == Some(&SqlState::UNIQUE_VIOLATION)
}

#[async_trait]
impl Store for PostgresStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        let columns = columns::of_user(user);
        let params = columns::lent(&columns);
        Ok(
            match self.database.change(sql::INSERT_USER, &params).await? {
                0 => UserInsertion::EmailTaken,
                _ => UserInsertion::Done,
            },
        )
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        self.find(sql::FIND_USER, params, user).await
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let params: Params<'_> = &[&email.key()];
        self.find(sql::FIND_USER_BY_EMAIL, params, user).await
    }

    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &expected.as_stored(), &new.as_stored()];
        let upgraded = self.database.change(sql::UPGRADE_PASSWORD_HASH, params);
        Ok(match upgraded.await? {
            0 => HashExchange::SomebodyWasFaster,
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
        let raised = self.change_epoch(sql::SET_PASSWORD, params).await?;
        Ok(raised.map_or(EpochRaise::SomebodyWasFaster, EpochRaise::Raised))
    }

    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
    ) -> Result<EmailChange, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &expected.0, &new.key(), &new.as_given()];
        match self.database.change(sql::SET_EMAIL, params).await {
            Ok(0) => Ok(EmailChange::SomebodyWasFaster),
            Ok(_) => Ok(EmailChange::Changed),
            Err(StoreError::Failed(why)) if is_taken(&*why) => Ok(EmailChange::EmailTaken),
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
        Ok(match self.database.change(sql::SET_NAME, params).await? {
            0 => NameChange::SomebodyWasFaster,
            _ => NameChange::Changed,
        })
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &now.as_millis()];
        self.change_epoch(sql::DISABLE_USER, params).await
    }

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        let params: Params<'_> = &[&user.as_uuid()];
        self.change_epoch(sql::ENABLE_USER, params).await
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        let params: Params<'_> = &[&after.map(|id| id.as_uuid()), &i64::from(limit)];
        self.list(sql::LIST_USERS, params, user).await
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
        let raised = self.change_epoch(sql::END_SESSIONS_OF, params).await?;
        Ok(raised.map_or(EpochRaise::SomebodyWasFaster, EpochRaise::Raised))
    }

    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let params: Params<'_> = &[&after.map(|id| id.as_uuid()), &i64::from(limit)];
        let rows = self.database.change_returning(sql::END_EVERYTHING, params);
        let ended = rows.await?;
        let ended = ended.iter().map(|row| row.try_get::<_, Uuid>(0));
        let ended: Result<Vec<_>, _> = ended.map(|id| id.map(UserId::from)).collect();
        let mut ended = ended.map_err(StoreError::unknown)?;
        // PostgreSQL says in no order what it changed.
        ended.sort_unstable();
        Ok(ended)
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&user.as_uuid()];
        let deleted = self.database.change(sql::DELETE_USER, params).await;
        deleted.map(ended)
    }

    async fn insert_session(
        &self,
        session: &Session,
        quota: u32,
    ) -> Result<SessionInsertion, StoreError> {
        let columns = columns::of_session(session);
        let mut params = columns::lent(&columns);
        let quota = i64::from(quota);
        params.push(&quota);
        let rows = self.database.change_returning(sql::INSERT_SESSION, &params);
        let rows = rows.await?;
        let insertion = rows.first().map(row::session_insertion).transpose();
        let insertion = insertion.map_err(StoreError::unknown)?;
        insertion.ok_or_else(|| StoreError::unknown("the insertion returned no row"))
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        self.find(sql::FIND_SESSION, params, row::session_and_user)
            .await
    }

    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let after = after.map(|id| id.as_uuid());
        let params: Params<'_> = &[&user.as_uuid(), &after, &i64::from(limit)];
        self.list(sql::LIST_SESSIONS, params, row::session).await
    }

    /// Where it was not the expected generation, a second statement looks at what stands: a generation never
    /// comes back, so what it sees is not the expected one either.
    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError> {
        let params: Params<'_> = &[
            &id.as_uuid(),
            &i64::from(expected_generation),
            &successor.refresh_hash.as_stored().as_slice(),
            &successor
                .secret_hash
                .as_ref()
                .map(|hash| hash.as_stored().as_slice()),
            &successor.secret_expires_at.map(Timestamp::as_millis),
            &now.as_millis(),
            &columns::device(&successor.client),
            &columns::address(&successor.client),
        ];
        if self.database.change(sql::ROTATE_SESSION, params).await? > 0 {
            return Ok(SessionRotation::Rotated);
        }
        let stands = self.find_session(id).await?.map(Box::new);
        Ok(stands.map_or(SessionRotation::Gone, SessionRotation::SomebodyWasFaster))
    }

    async fn count_retry(&self, id: SessionId, generation: u32) -> Result<Option<u32>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &i64::from(generation)];
        let rows = self.database.change_returning(sql::COUNT_RETRY, params);
        let rows = rows.await?;
        let retries = rows.first().map(|row| row::number(row, 0)).transpose();
        retries.map_err(StoreError::unknown)
    }

    async fn prove_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<SessionProof, StoreError> {
        let params: Params<'_> = &[
            &id.as_uuid(),
            &expected.0,
            &now.as_millis(),
            &exchange.map(|exchange| exchange.expected.as_stored().as_slice()),
            &exchange.map(|exchange| exchange.new.as_stored().as_slice()),
        ];
        Ok(
            match self.database.change(sql::PROVE_SESSION, params).await? {
                0 => SessionProof::SomebodyWasFaster,
                _ => SessionProof::Proven,
            },
        )
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let seen = seen.iter().map(|(id, at)| (id.as_uuid(), at.as_millis()));
        let (ids, at) = seen.unzip();
        self.touch(sql::TOUCH_SESSIONS, ids, at).await
    }

    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        let gone = self.database.change(sql::END_SESSION, params).await;
        gone.map(ended)
    }

    /// The user's row is held while the tokens are counted, so that the quota is exact.
    async fn insert_token(&self, token: &Token, quota: u32) -> Result<TokenInsertion, StoreError> {
        let columns = columns::of_token_and_owner(token);
        let mut params = columns::lent(&columns);
        let TokenOwner::User(user) = token.owner else {
            let inserted = self.database.change(sql::INSERT_SERVICE_TOKEN, &params);
            return inserted.await.map(|_| TokenInsertion::Done);
        };
        let (user, quota, now) = (
            user.as_uuid(),
            i64::from(quota),
            token.created_at.as_millis(),
        );
        params.push(&quota);
        let held: Params<'_> = &[&user];
        let dead: Params<'_> = &[&user, &now, &token.token_epoch.0, &quota];
        let changes = [
            (sql::HOLD_USER, held),
            (sql::REMOVE_DEAD_TOKENS_OF, dead),
            (sql::INSERT_PERSONAL_TOKEN, &params),
        ];
        let changed = self.database.change_in_turn(&changes);
        Ok(match changed.await?.as_slice() {
            [0, ..] => TokenInsertion::UserGone,
            [.., 0] => TokenInsertion::QuotaReached,
            _ => TokenInsertion::Done,
        })
    }

    async fn find_token(&self, id: TokenId) -> Result<Option<(Token, Option<User>)>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        self.find(sql::FIND_TOKEN, params, row::token_and_owner)
            .await
    }

    async fn list_tokens(
        &self,
        user: Option<UserId>,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        let (after, limit) = (after.map(|id| id.as_uuid()), i64::from(limit));
        match user {
            Some(user) => {
                let params: Params<'_> = &[&user.as_uuid(), &after, &limit];
                self.list(sql::LIST_TOKENS_OF_A_USER, params, row::token)
                    .await
            }
            None => {
                let params: Params<'_> = &[&after, &limit];
                self.list(sql::LIST_TOKENS_OF_SERVICES, params, row::token)
                    .await
            }
        }
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let used = used.iter().map(|(id, at)| (id.as_uuid(), at.as_millis()));
        let (ids, at) = used.unzip();
        self.touch(sql::TOUCH_TOKENS, ids, at).await
    }

    async fn rehash_token(
        &self,
        id: TokenId,
        expected: &TokenHash,
        new: &TokenHash,
    ) -> Result<HashExchange, StoreError> {
        let (expected, new) = (&expected.as_stored()[..], &new.as_stored()[..]);
        let params: Params<'_> = &[&id.as_uuid(), &expected, &new];
        Ok(
            match self.database.change(sql::REHASH_TOKEN, params).await? {
                0 => HashExchange::SomebodyWasFaster,
                _ => HashExchange::Replaced,
            },
        )
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &user.map(|user| user.as_uuid())];
        let gone = self.database.change(sql::RETIRE_TOKEN, params).await;
        gone.map(ended)
    }

    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        let columns = columns::of_key(key);
        let params = columns::lent(&columns);
        Ok(
            match self.database.change(sql::INSERT_KEY, &params).await? {
                0 => KeyInsertion::KidTaken,
                _ => KeyInsertion::Done,
            },
        )
    }

    /// A look-up: there are a few, and tokens cannot be verified without them.
    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        let rows = self.database.find_few(sql::LIST_KEYS, &[]).await?;
        let keys = rows.iter().map(row::key).collect::<Result<_, _>>();
        keys.map_err(StoreError::failed)
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let params: Params<'_> = &[&kid, &signs_until.as_millis(), &verifies_until.as_millis()];
        let rows = self.database.change_returning(sql::RETIRE_KEY, params);
        let key = rows.await?.first().map(row::key).transpose();
        key.map_err(StoreError::unknown)
    }

    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut swept = 0;
        for sql in [sql::SWEEP_SESSIONS, sql::SWEEP_TOKENS, sql::SWEEP_KEYS] {
            let left = i64::from(limit) - i64::try_from(swept).unwrap_or(0);
            let params: Params<'_> = &[&before.as_millis(), &left];
            swept += self.database.change(sql, params).await?;
        }
        Ok(swept)
    }

    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        let params: Params<'_> = &[&before.as_millis()];
        let rows = self.database.list_at_length(sql::CENSUS, params).await?;
        let census = rows.first().map(row::census).transpose();
        Ok(census.map_err(StoreError::failed)?.unwrap_or_default())
    }

    async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError> {
        let range = key.range();
        let [least, greatest] = range.each_ref().map(|hash| &hash.as_stored()[..]);
        let params: Params<'_> = &[&least, &greatest];
        let rows = self.database.list_at_length(sql::CENSUS_OF_KEY, params);
        let census = rows.await?.first().map(row::census_of_key).transpose();
        Ok(census.map_err(StoreError::failed)?.unwrap_or_default())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.database.find(sql::READY, &[]).await.map(drop)
    }
}

fn user(row: &Row) -> Result<User, Unreadable> {
    row::user(row, 0)
}

fn ended(rows: u64) -> Ended {
    if rows == 0 { Ended::Before } else { Ended::Now }
}

#[cfg(test)]
mod tests;
