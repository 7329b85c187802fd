//! Tokens: statements, rows and operations.

use async_trait::async_trait;
use guestlist::{
    ArchiveOf, Ended, Epoch, HashExchange, StoreError, Timestamp, Token, TokenHash, TokenId,
    TokenInsertion, TokenName, TokenOwner, TokenStore, User, UserId,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore,
    database::Params,
    statements::{before_all, statements},
    store::ended,
    users::{columns::user_columns, user_from},
    values::{self, Column, Unreadable, instant, lent, optional_instant, word},
};

/// The columns that [`token`] reads.
macro_rules! token_columns {
    () => {
        "t.id, t.user_id, t.service, t.token_epoch, t.hash, t.name, t.scope, t.created_at, \
         t.expires_at, t.last_used_at"
    };
}

statements! {
    /// A token of a service needs no user.
    INSERT_SERVICE_TOKEN = "
        INSERT INTO tokens (id, service, token_epoch, hash, name, scope, created_at, expires_at,
                            last_used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    /// Locks the user's row. So a concurrent insertion for the same user waits, and then counts
    /// this token.
    HOLD_USER = "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE";

    /// If the user has (4) tokens, removes the inactive ones: those that expired by that time (2),
    /// or of an epoch before (3).
    REMOVE_INACTIVE_TOKENS_OF = "
        DELETE FROM tokens WHERE id = ANY (ARRAY(
            SELECT id FROM tokens WHERE user_id = $1 AND (expires_at <= $2 OR token_epoch < $3)
                AND $4 <= (SELECT count(*) FROM (
                    SELECT 1 FROM tokens t WHERE t.user_id = $1 LIMIT $4) AS theirs)
            FOR UPDATE SKIP LOCKED))";

    /// Inserts the token if the user has fewer than (10). The user's row is locked already.
    INSERT_PERSONAL_TOKEN = "
        INSERT INTO tokens (id, user_id, token_epoch, hash, name, scope, created_at, expires_at,
                            last_used_at)
        SELECT $1, u.id, $3, $4, $5, $6, $7, $8, $9 FROM users u
        WHERE u.id = $2 AND $10 > (SELECT count(*) FROM (
            SELECT 1 FROM tokens t WHERE t.user_id = $2 LIMIT $10) AS theirs)";

    FIND_TOKEN = concat!(
        "SELECT ",
        token_columns!(),
        ", ",
        user_columns!(),
        " FROM tokens t LEFT JOIN users u ON u.id = t.user_id WHERE t.id = $1"
    );

    LIST_TOKENS_OF_A_USER = concat!(
        "SELECT ",
        token_columns!(),
        " FROM tokens t WHERE t.user_id = $1 AND t.id > coalesce($2, ",
        before_all!(),
        ") ORDER BY t.id LIMIT $3"
    );

    LIST_TOKENS_OF_SERVICES = concat!(
        "SELECT ",
        token_columns!(),
        " FROM tokens t WHERE t.user_id IS NULL AND t.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY t.id LIMIT $2"
    );

    /// Locks the rows in the order of their ids, as `TOUCH_SESSIONS` does.
    TOUCH_TOKENS = "
        WITH used AS (
            SELECT id, max(at) AS at FROM unnest($1::uuid[], $2::bigint[]) AS used (id, at) GROUP BY id
        ), held AS (
            SELECT t.id, used.at FROM tokens t JOIN used ON used.id = t.id
            WHERE t.last_used_at IS NULL OR t.last_used_at < used.at
            ORDER BY t.id FOR NO KEY UPDATE OF t
        )
        UPDATE tokens SET last_used_at = held.at FROM held
        WHERE tokens.id = held.id
            AND (tokens.last_used_at IS NULL OR tokens.last_used_at < held.at)";

    REHASH_TOKEN = "UPDATE tokens SET hash = $3 WHERE id = $1 AND hash = $2";

    RETIRE_TOKEN = "DELETE FROM tokens WHERE id = $1 AND user_id IS NOT DISTINCT FROM $2";

    PURGE_TOKENS = "
        DELETE FROM tokens WHERE id = ANY (ARRAY(
            SELECT id FROM tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2
            FOR UPDATE SKIP LOCKED))";

    PUT_TOKEN = "
        INSERT INTO tokens (id, user_id, service, token_epoch, hash, name, scope, created_at,
                            expires_at, last_used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE
        SET (user_id, service, token_epoch, hash, name, scope, created_at, expires_at, last_used_at)
          = ($2, $3, $4, $5, $6, $7, $8, $9, $10)";

    ALL_TOKENS = concat!(
        "SELECT ",
        token_columns!(),
        " FROM tokens t WHERE t.id > coalesce($1, ",
        before_all!(),
        ") ORDER BY t.id LIMIT $2"
    );

    COUNT_TOKENS = "SELECT count(*) FROM tokens";
}

#[async_trait]
impl TokenStore for PostgresStore {
    /// Locks the user's row while it counts the tokens, so that the quota is exact.
    async fn insert_token(&self, token: &Token, quota: u32) -> Result<TokenInsertion, StoreError> {
        let columns = token_and_owner_params(token);
        let mut params = lent(&columns);
        let TokenOwner::User(user) = token.owner else {
            let inserted = self.database.change(INSERT_SERVICE_TOKEN, &params);
            return inserted.await.map(|_| TokenInsertion::Done);
        };
        let (user, quota, now) = (
            user.as_uuid(),
            i64::from(quota),
            token.created_at.as_millis(),
        );
        params.push(&quota);
        let held: Params<'_> = &[&user];
        let inactive: Params<'_> = &[&user, &now, &token.token_epoch.0, &quota];
        let changes = [
            (HOLD_USER, held),
            (REMOVE_INACTIVE_TOKENS_OF, inactive),
            (INSERT_PERSONAL_TOKEN, &params),
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
        self.find(FIND_TOKEN, params, token_and_owner).await
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
                self.list(LIST_TOKENS_OF_A_USER, params, token).await
            }
            None => {
                let params: Params<'_> = &[&after, &limit];
                self.list(LIST_TOKENS_OF_SERVICES, params, token).await
            }
        }
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        let used = used.iter().map(|(id, at)| (id.as_uuid(), at.as_millis()));
        let (ids, at) = used.unzip();
        self.touch(TOUCH_TOKENS, ids, at).await
    }

    async fn rehash_token(
        &self,
        id: TokenId,
        expected: &TokenHash,
        new: &TokenHash,
    ) -> Result<HashExchange, StoreError> {
        let (expected, new) = (&expected.as_stored()[..], &new.as_stored()[..]);
        let params: Params<'_> = &[&id.as_uuid(), &expected, &new];
        Ok(match self.database.change(REHASH_TOKEN, params).await? {
            0 => HashExchange::Stale,
            _ => HashExchange::Replaced,
        })
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &user.map(|user| user.as_uuid())];
        let gone = self.database.change(RETIRE_TOKEN, params).await;
        gone.map(ended)
    }
}

#[async_trait]
impl ArchiveOf<Token> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_TOKENS).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Token>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        self.archive_page(ALL_TOKENS, params, token).await
    }

    async fn put_all(&self, tokens: &[Token]) -> Result<(), StoreError> {
        self.put(PUT_TOKEN, tokens, token_params).await
    }
}

/// Reads the columns of [`FIND_TOKEN`].
fn token_and_owner(row: &Row) -> Result<(Token, Option<User>), Unreadable> {
    let has_owner = row.try_get::<_, Option<Uuid>>(10)?.is_some();
    let owner = has_owner.then(|| user_from(row, 10)).transpose()?;
    Ok((token(row)?, owner))
}

/// Reads `token_columns!`, which come first.
fn token(row: &Row) -> Result<Token, Unreadable> {
    let name = |at: usize| row.try_get(at).map(TokenName::from_stored);
    Ok(Token {
        id: TokenId::from(row.try_get::<_, Uuid>(0)?),
        owner: match row.try_get::<_, Option<Uuid>>(1)? {
            Some(id) => TokenOwner::User(id.into()),
            None => TokenOwner::Service(name(2)?),
        },
        token_epoch: Epoch(row.try_get(3)?),
        hash: TokenHash::from_stored(row.try_get(4)?),
        name: name(5)?,
        scope: word(row, 6)?,
        created_at: instant(row, 7)?,
        expires_at: optional_instant(row, 8)?,
        last_used_at: optional_instant(row, 9)?,
    })
}

/// The parameters of [`PUT_TOKEN`]: one column for the user and one for the service, of which one
/// is NULL.
fn token_params(token: &Token) -> Vec<Column> {
    let service = match &token.owner {
        TokenOwner::User(_) => None,
        TokenOwner::Service(name) => Some(name.as_str().to_owned()),
    };
    let mut columns: Vec<Column> = vec![
        Box::new(token.id.as_uuid()),
        Box::new(token.owner.user().map(|user| user.as_uuid())),
        Box::new(service),
    ];
    columns.extend(after_the_owner(token));
    columns
}

/// The parameters of the statements that insert a token: one column for the owner.
fn token_and_owner_params(token: &Token) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        Box::new(token.id.as_uuid()),
        match &token.owner {
            TokenOwner::User(user) => Box::new(user.as_uuid()),
            TokenOwner::Service(name) => Box::new(name.as_str().to_owned()),
        },
    ];
    columns.extend(after_the_owner(token));
    columns
}

fn after_the_owner(token: &Token) -> [Column; 7] {
    [
        Box::new(token.token_epoch.0),
        Box::new(token.hash.as_stored().to_vec()),
        Box::new(token.name.as_str().to_owned()),
        Box::new(token.scope.as_str()),
        Box::new(token.created_at.as_millis()),
        Box::new(token.expires_at.map(Timestamp::as_millis)),
        Box::new(token.last_used_at.map(Timestamp::as_millis)),
    ]
}
