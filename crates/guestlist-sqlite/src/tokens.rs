//! Tokens: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, Epoch, HashExchange, StoreError, Timestamp, Token, TokenHash, TokenId,
    TokenInsertion, TokenName, TokenOwner, TokenStore, User, UserId,
};
use rusqlite::{Connection, OptionalExtension, Params, Row};

use crate::{
    SqliteStore,
    statements::statements,
    store::ended,
    users::{columns::user_columns, user},
    values::{self, Id, Instant, optional_instant, word},
};

/// The columns that [`token`] reads.
macro_rules! token_columns {
    () => {
        "t.id, t.user_id, t.service, t.token_epoch, t.hash, t.name, t.scope, t.created_at, \
         t.expires_at, t.last_used_at"
    };
}

macro_rules! insert_token {
    ($insert:literal) => {
        concat!(
            $insert,
            " INTO {tokens} (id, user_id, service, token_epoch, hash, name, scope, created_at,
                 expires_at, last_used_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
             WHERE ?2 IS NULL OR EXISTS (SELECT 1 FROM {users} u WHERE u.id = ?2)"
        )
    };
}

statements! {
    /// The statements on tokens.
    TokenStatements {
        remove_service_tokens = "DELETE FROM {tokens} WHERE user_id IS NULL";

        /// A token of a service needs no user.
        insert_token = insert_token!("INSERT");

        /// Counts no more than (2).
        count_tokens_of = "
            SELECT count(*) FROM (SELECT 1 FROM {tokens} WHERE user_id = ?1 LIMIT ?2)";

        /// Removes the tokens of a user that expired by that time (2) or are of an epoch before
        /// (3).
        remove_inactive_tokens_of = "
            DELETE FROM {tokens} WHERE user_id = ?1 AND (expires_at <= ?2 OR token_epoch < ?3)";

        find_token = concat!(
            "SELECT ",
            token_columns!(),
            ", ",
            user_columns!(),
            " FROM {tokens} t LEFT JOIN {users} u ON u.id = t.user_id WHERE t.id = ?1"
        );

        /// Lists the tokens of services if the user is NULL.
        list_tokens = concat!(
            "SELECT ",
            token_columns!(),
            " FROM {tokens} t WHERE t.user_id IS ?1 AND t.id > coalesce(?2, x'') ORDER BY t.id LIMIT ?3"
        );

        touch_token = "
            UPDATE {tokens} SET last_used_at = ?2
            WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";

        rehash_token = "UPDATE {tokens} SET hash = ?3 WHERE id = ?1 AND hash = ?2";

        retire_token = "DELETE FROM {tokens} WHERE id = ?1 AND user_id IS ?2";

        purge_tokens = "
            DELETE FROM {tokens} WHERE id IN
                (SELECT id FROM {tokens} WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";

        put_token = insert_token!("INSERT OR REPLACE");

        all_tokens = concat!(
            "SELECT ",
            token_columns!(),
            " FROM {tokens} t WHERE t.id > coalesce(?1, x'') ORDER BY t.id LIMIT ?2"
        );

        count_tokens = "SELECT count(*) FROM {tokens}";
    }
}

#[async_trait]
impl TokenStore for SqliteStore {
    async fn insert_token(&self, token: &Token, quota: u32) -> Result<TokenInsertion, StoreError> {
        let sql = self.token_sql();
        let columns = token_params(token);
        let owner = token.owner.user().map(|user| Id(user.as_uuid()));
        let (now, epoch) = (Instant(token.created_at), token.token_epoch.0);
        let change = move |connection: &Connection| {
            if let Some(owner) = owner
                && has_tokens(connection, sql, owner, quota)?
            {
                let mut remove = connection.prepare_cached(sql.remove_inactive_tokens_of)?;
                remove.execute((owner, now, epoch))?;
                if has_tokens(connection, sql, owner, quota)? {
                    return Ok(TokenInsertion::QuotaReached);
                }
            }
            let inserted = connection
                .prepare_cached(sql.insert_token)?
                .execute(columns)?;
            Ok(match inserted {
                0 => TokenInsertion::UserGone,
                _ => TokenInsertion::Done,
            })
        };
        self.database.write(change).await
    }

    async fn find_token(&self, id: TokenId) -> Result<Option<(Token, Option<User>)>, StoreError> {
        let sql = self.token_sql();
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql.find_token)?;
            let params = (Id(id.as_uuid()),);
            statement.query_row(params, token_and_owner).optional()
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
        self.list(self.token_sql().list_tokens, (user, after, limit), token)
            .await
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let used = used.iter().map(|(id, at)| (Id(id.as_uuid()), Instant(*at)));
        self.touch(self.token_sql().touch_token, used.collect())
            .await
    }

    async fn rehash_token(
        &self,
        id: TokenId,
        expected: &TokenHash,
        new: &TokenHash,
    ) -> Result<HashExchange, StoreError> {
        let (expected, new) = (expected.as_stored().to_vec(), new.as_stored().to_vec());
        let params = (Id(id.as_uuid()), expected, new);
        Ok(
            match self.change(self.token_sql().rehash_token, params).await? {
                0 => HashExchange::Stale,
                _ => HashExchange::Replaced,
            },
        )
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        let params = (Id(id.as_uuid()), user.map(|user| Id(user.as_uuid())));
        self.erase(self.token_sql().retire_token, params)
            .await
            .map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Token> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.token_sql().count_tokens).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Token>, StoreError> {
        let after = values::id(after)?;
        self.list(self.token_sql().all_tokens, (after, limit), token)
            .await
    }

    async fn put_all(&self, tokens: &[Token]) -> Result<(), StoreError> {
        let sql = self.token_sql().put_token;
        let put = move |connection: &Connection, token: &_| {
            connection.prepare_cached(sql)?.execute(token_params(token))
        };
        self.put(tokens, put).await
    }
}

impl SqliteStore {
    pub(crate) fn token_sql(&self) -> &'static TokenStatements {
        TokenStatements::of(self.prefix)
    }
}

/// Reads the columns of `find_token`.
fn token_and_owner(row: &Row<'_>) -> rusqlite::Result<(Token, Option<User>)> {
    let has_owner = row.get::<_, Option<Id>>(10)?.is_some();
    let owner = has_owner.then(|| user(row, 10)).transpose()?;
    Ok((token(row)?, owner))
}

/// Reads `token_columns!`, which come first.
fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    let name = |at| row.get(at).map(TokenName::from_stored);
    Ok(Token {
        id: TokenId::from(row.get::<_, Id>(0)?.0),
        owner: match row.get::<_, Option<Id>>(1)? {
            Some(id) => TokenOwner::User(id.0.into()),
            None => TokenOwner::Service(name(2)?),
        },
        token_epoch: Epoch(row.get(3)?),
        hash: TokenHash::from_stored(row.get_ref(4)?.as_blob()?),
        name: name(5)?,
        scope: word(row, 6)?,
        created_at: row.get::<_, Instant>(7)?.0,
        expires_at: optional_instant(row, 8)?,
        last_used_at: optional_instant(row, 9)?,
    })
}

/// The parameters of the statements that insert a token.
fn token_params(token: &Token) -> impl Params + Send + use<> {
    let service = match &token.owner {
        TokenOwner::User(_) => None,
        TokenOwner::Service(name) => Some(name.as_str().to_owned()),
    };
    (
        Id(token.id.as_uuid()),
        token.owner.user().map(|user| Id(user.as_uuid())),
        service,
        token.token_epoch.0,
        token.hash.as_stored().to_vec(),
        token.name.as_str().to_owned(),
        token.scope.as_str(),
        Instant(token.created_at),
        token.expires_at.map(Instant),
        token.last_used_at.map(Instant),
    )
}

/// Whether the user has that many tokens.
fn has_tokens(
    connection: &Connection,
    sql: &TokenStatements,
    user: Id,
    many: u32,
) -> rusqlite::Result<bool> {
    let mut count = connection.prepare_cached(sql.count_tokens_of)?;
    let counted: u32 = count.query_row((user, many), |row| row.get(0))?;
    Ok(counted >= many)
}
