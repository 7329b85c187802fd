//! The promises of the door's store, each one statement. Where it takes several, as in [`import`], they
//! share a transaction.

use std::path::Path;

use async_trait::async_trait;
use guestlist::{
    Census, Email, EmailChange, Ended, Epoch, EpochRaise, Extent, HashExchange, ImportedUser, Key,
    KeyCensus, KeyInsertion, NameChange, OnConflict, PasswordHash, Rotation, SecretExchange,
    Session, SessionId, SessionInsertion, SessionProof, SessionRotation, Store, StoreError,
    Timestamp, Token, TokenHash, TokenId, TokenInsertion, TokenKeyId, User, UserId, UserImport,
    UserInsertion, UserName,
};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::{
    Database, OpenError, Schema, import,
    row::{self, Id, Instant},
    session, sql,
};

/// Where it stands which migrations a file has.
const HISTORY: &str = "guestlist_migrations";

/// The migration since which tokens are hashed under a key.
const KEYED: i64 = 5;

mod migrations {
    refinery::embed_migrations!("migrations");
}

/// The door's store in one file of SQLite.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pub(crate) database: Database,
}

impl SqliteStore {
    /// Opens the file, makes it where there is none, and brings its tables up to date.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::over(Database::open(path).await?).await
    }

    /// The same in a file that is open already.
    pub async fn over(database: Database) -> Result<Self, OpenError> {
        database
            .migrate(migrations::migrations::runner(), HISTORY)
            .await?;
        Ok(Self { database })
    }

    /// The tables of the door, as this version knows them.
    pub fn schema() -> Schema {
        Schema::of(HISTORY, &migrations::migrations::runner())
    }

    /// Ends all sessions and personal tokens in a file that no store has open, such as a copy that is about to be restored,
    /// and removes the tokens of services. How many of these there were. In tables of a version that hashed tokens
    /// without a key there is nothing to do: their migration ends everything.
    pub fn end_everything_in(connection: &Connection) -> rusqlite::Result<usize> {
        let newest = sql::newest_migration(HISTORY);
        let newest: i64 = connection.query_row(&newest, (), |row| row.get(0))?;
        if newest < KEYED {
            return Ok(0);
        }
        connection.execute(sql::END_ALL_AT_ONCE, ())?;
        connection.execute(sql::REMOVE_SERVICE_TOKENS, ())
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

    /// The same of one that deletes or replaces what must not be kept.
    async fn erase(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<usize, StoreError> {
        let change = move |connection: &Connection| connection.prepare_cached(sql)?.execute(params);
        self.database.erase(change).await
    }

    /// The epoch of the user a statement changed, if it changed one.
    async fn change_epoch(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
    ) -> Result<Option<Epoch>, StoreError> {
        self.database.write(changed_epoch(sql, params)).await
    }

    pub(crate) async fn list<T: Send + 'static>(
        &self,
        sql: &'static str,
        params: impl Params + Send + 'static,
        record: impl Fn(&Row<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(params, record)?.collect()
        };
        self.database.list(query).await
    }

    /// The same statement for each, in one commit.
    async fn touch(
        &self,
        sql: &'static str,
        touched: Vec<(Id, Instant)>,
    ) -> Result<(), StoreError> {
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            for params in touched {
                statement.execute(params)?;
            }
            Ok(())
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
        self.database.find(query).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        Ok(
            match self.change(sql::INSERT_USER, row::of_user(user)).await? {
                0 => UserInsertion::EmailTaken,
                _ => UserInsertion::Done,
            },
        )
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
            match self.erase(sql::UPGRADE_PASSWORD_HASH, params).await? {
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
        let set = changed_epoch(sql::SET_PASSWORD, params);
        let raised = self.database.erase(set).await?;
        Ok(raised.map_or(EpochRaise::SomebodyWasFaster, EpochRaise::Raised))
    }

    async fn set_email(
        &self,
        user: UserId,
        expected: Epoch,
        new: &Email,
    ) -> Result<EmailChange, StoreError> {
        let (id, epoch) = (Id(user.as_uuid()), expected.0);
        let (key, as_given) = (new.key().to_owned(), new.as_given().to_owned());
        let change = move |connection: &Connection| {
            let mut set = connection.prepare_cached(sql::SET_EMAIL)?;
            if set.execute((id, epoch, key, as_given))? > 0 {
                return Ok(EmailChange::Changed);
            }
            let mut look = connection.prepare_cached(sql::IS_IN_EPOCH)?;
            let is_in_epoch: bool = look.query_row((id, epoch), |row| row.get(0))?;
            Ok(if is_in_epoch {
                EmailChange::EmailTaken
            } else {
                EmailChange::SomebodyWasFaster
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
        let (id, epoch) = (Id(user.as_uuid()), expected.0);
        let name = new.map(|name| name.as_str().to_owned());
        let change = move |connection: &Connection| {
            let mut set = connection.prepare_cached(sql::SET_NAME)?;
            set.execute((id, epoch, name))
        };
        Ok(match self.database.erase(change).await? {
            0 => NameChange::SomebodyWasFaster,
            _ => NameChange::Changed,
        })
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
        let params = (after.map(|id| Id(id.as_uuid())), limit);
        self.list(sql::LIST_USERS, params, |row| row::user(row, 0))
            .await
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        let users = users.to_vec();
        let change = move |connection: &Connection| import::users(connection, users, on_conflict);
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
        let raised = self.change_epoch(sql::END_SESSIONS_OF, params).await?;
        Ok(raised.map_or(EpochRaise::SomebodyWasFaster, EpochRaise::Raised))
    }

    async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let params = (after.map(|id| Id(id.as_uuid())), limit);
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::END_EVERYTHING)?;
            let ended = statement.query_map(params, |row| row.get(0))?;
            ended.collect::<rusqlite::Result<Vec<Id>>>()
        };
        let ended = self.database.write(change).await?;
        let mut ended: Vec<_> = ended.into_iter().map(|id| UserId::from(id.0)).collect();
        // SQLite says in no order what it changed.
        ended.sort_unstable();
        Ok(ended)
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        let params = (Id(user.as_uuid()),);
        self.erase(sql::DELETE_USER, params).await.map(ended)
    }

    async fn insert_session(
        &self,
        session: &Session,
        quota: u32,
    ) -> Result<SessionInsertion, StoreError> {
        let session = session.clone();
        let change = move |connection: &Connection| {
            if session::insert(connection, sql::INSERT_SESSION, &session)? == 0 {
                return Ok(SessionInsertion::UserGone);
            }
            let ended = session::end_over_quota(connection, &session, quota)?;
            Ok(SessionInsertion::Done { ended })
        };
        self.database.write(change).await
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        let query = move |connection: &Connection| session::find(connection, id);
        self.database.find(query).await
    }

    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let after = after.map(|id| Id(id.as_uuid()));
        let params = (Id(user.as_uuid()), after, limit);
        self.list(sql::LIST_SESSIONS, params, row::session).await
    }

    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError> {
        let successor = successor.clone();
        let change = move |connection: &Connection| {
            session::rotate(connection, id, expected_generation, &successor, now)
        };
        self.database.write(change).await
    }

    async fn count_retry(&self, id: SessionId, generation: u32) -> Result<Option<u32>, StoreError> {
        let params = (Id(id.as_uuid()), generation);
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::COUNT_RETRY)?;
            statement.query_row(params, |row| row.get(0)).optional()
        };
        self.database.write(change).await
    }

    async fn prove_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<SessionProof, StoreError> {
        let params = (
            Id(id.as_uuid()),
            expected.0,
            Instant(now),
            exchange.map(|exchange| exchange.expected.as_stored().to_vec()),
            exchange.map(|exchange| exchange.new.as_stored().to_vec()),
        );
        Ok(match self.change(sql::PROVE_SESSION, params).await? {
            0 => SessionProof::SomebodyWasFaster,
            _ => SessionProof::Proven,
        })
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        let seen = seen.iter().map(|(id, at)| (Id(id.as_uuid()), Instant(*at)));
        self.touch(sql::TOUCH_SESSION, seen.collect()).await
    }

    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError> {
        let params = (Id(id.as_uuid()),);
        self.erase(sql::END_SESSION, params).await.map(ended)
    }

    async fn insert_token(&self, token: &Token, quota: u32) -> Result<TokenInsertion, StoreError> {
        let columns = row::of_token(token);
        let owner = token.owner.user().map(|user| Id(user.as_uuid()));
        let (now, epoch) = (Instant(token.created_at), token.token_epoch.0);
        let change = move |connection: &Connection| {
            if let Some(owner) = owner
                && has_tokens(connection, owner, quota)?
            {
                let mut remove = connection.prepare_cached(sql::REMOVE_DEAD_TOKENS_OF)?;
                remove.execute((owner, now, epoch))?;
                if has_tokens(connection, owner, quota)? {
                    return Ok(TokenInsertion::QuotaReached);
                }
            }
            let inserted = connection
                .prepare_cached(sql::INSERT_TOKEN)?
                .execute(columns)?;
            Ok(match inserted {
                0 => TokenInsertion::UserGone,
                _ => TokenInsertion::Done,
            })
        };
        self.database.write(change).await
    }

    async fn find_token(&self, id: TokenId) -> Result<Option<(Token, Option<User>)>, StoreError> {
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::FIND_TOKEN)?;
            let params = (Id(id.as_uuid()),);
            statement.query_row(params, row::token_and_owner).optional()
        };
        self.database.find(query).await
    }

    async fn list_tokens(
        &self,
        user: Option<UserId>,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        let (user, after) = (
            user.map(|id| Id(id.as_uuid())),
            after.map(|id| Id(id.as_uuid())),
        );
        self.list(sql::LIST_TOKENS, (user, after, limit), row::token)
            .await
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let used = used.iter().map(|(id, at)| (Id(id.as_uuid()), Instant(*at)));
        self.touch(sql::TOUCH_TOKEN, used.collect()).await
    }

    async fn rehash_token(
        &self,
        id: TokenId,
        expected: &TokenHash,
        new: &TokenHash,
    ) -> Result<HashExchange, StoreError> {
        let (expected, new) = (expected.as_stored().to_vec(), new.as_stored().to_vec());
        let params = (Id(id.as_uuid()), expected, new);
        Ok(match self.change(sql::REHASH_TOKEN, params).await? {
            0 => HashExchange::SomebodyWasFaster,
            _ => HashExchange::Replaced,
        })
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        let params = (Id(id.as_uuid()), user.map(|user| Id(user.as_uuid())));
        self.erase(sql::RETIRE_TOKEN, params).await.map(ended)
    }

    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        Ok(
            match self.change(sql::INSERT_KEY, row::of_key(key)).await? {
                0 => KeyInsertion::KidTaken,
                _ => KeyInsertion::Done,
            },
        )
    }

    /// A look-up: there are a few, and tokens cannot be verified without them.
    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        let query = |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::LIST_KEYS)?;
            statement.query_map((), row::key)?.collect()
        };
        self.database.find(query).await
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let params = (
            kid.to_owned(),
            Instant(signs_until),
            Instant(verifies_until),
        );
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql::RETIRE_KEY)?;
            statement.query_row(params, row::key).optional()
        };
        self.database.write(change).await
    }

    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let sweep = move |connection: &Connection| {
            let mut swept = 0;
            for sql in [sql::SWEEP_SESSIONS, sql::SWEEP_TOKENS, sql::SWEEP_KEYS] {
                let left = i64::from(limit) - swept;
                let went = connection
                    .prepare_cached(sql)?
                    .execute((Instant(before), left))?;
                swept += i64::try_from(went).unwrap_or(left);
            }
            Ok(u64::try_from(swept).unwrap_or(0))
        };
        self.database.erase(sweep).await
    }

    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        let query = move |connection: &Connection| {
            connection
                .prepare_cached(sql::CENSUS)?
                .query_row((Instant(before),), row::census)
        };
        self.database.list(query).await
    }

    async fn census_of_key(&self, key: TokenKeyId) -> Result<KeyCensus, StoreError> {
        let [least, greatest] = key.range().map(|hash| hash.as_stored().to_vec());
        let query = move |connection: &Connection| {
            connection
                .prepare_cached(sql::CENSUS_OF_KEY)?
                .query_row((least, greatest), row::census_of_key)
        };
        self.database.list(query).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let query = |connection: &Connection| -> rusqlite::Result<i64> {
            connection
                .prepare_cached(sql::READY)?
                .query_row((), |row| row.get(0))
        };
        self.database.find(query).await.map(drop)
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

/// Whether the user has that many tokens.
fn has_tokens(connection: &Connection, user: Id, many: u32) -> rusqlite::Result<bool> {
    let mut count = connection.prepare_cached(sql::COUNT_TOKENS_OF)?;
    let counted: u32 = count.query_row((user, many), |row| row.get(0))?;
    Ok(counted >= many)
}

fn ended(rows: usize) -> Ended {
    if rows == 0 { Ended::Before } else { Ended::Now }
}

#[cfg(test)]
mod tests;
