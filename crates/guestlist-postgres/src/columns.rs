//! From a record to the parameters of the statements that write one.

use std::borrow::Cow;

use guestlist::{Client, Key, Session, Timestamp, Token, TokenHash, TokenOwner, User};
use tokio_postgres::types::ToSql;

/// What is written into a column.
pub(crate) type Column = Box<dyn ToSql + Sync + Send>;

/// The same, lent to a statement.
pub(crate) fn lent(columns: &[Column]) -> Vec<&(dyn ToSql + Sync)> {
    columns.iter().map(lend).collect()
}

fn lend(column: &Column) -> &(dyn ToSql + Sync) {
    &**column
}

pub(crate) fn of_user(user: &User) -> Vec<Column> {
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
    ]
}

pub(crate) fn of_session(session: &Session) -> Vec<Column> {
    let hash = |hash: Option<TokenHash>| hash.map(|hash| hash.as_stored().to_vec());
    let client = &session.client;
    vec![
        Box::new(session.id.as_uuid()),
        Box::new(session.user_id.as_uuid()),
        Box::new(session.epoch.0),
        Box::new(hash(session.secret_hash)),
        Box::new(session.secret_expires_at.map(Timestamp::as_millis)),
        Box::new(hash(session.refresh_hash)),
        Box::new(i64::from(session.generation)),
        Box::new(session.refreshed_at.map(Timestamp::as_millis)),
        Box::new(session.salt.as_stored().to_vec()),
        Box::new(session.scope.as_str()),
        Box::new(session.created_at.as_millis()),
        Box::new(session.last_seen_at.as_millis()),
        Box::new(session.proven_at.as_millis()),
        Box::new(session.expires_at.as_millis()),
        Box::new(i64::try_from(session.idle_for.as_millis()).unwrap_or(i64::MAX)),
        Box::new(session.how.as_str()),
        Box::new(device(client)),
        Box::new(address(client)),
        Box::new(device(&session.refreshed_by)),
        Box::new(address(&session.refreshed_by)),
        Box::new(i64::from(session.retries)),
    ]
}

/// With a column for the user and one for the service, of which one is empty.
pub(crate) fn of_token(token: &Token) -> Vec<Column> {
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

/// With the one that it is.
pub(crate) fn of_token_and_owner(token: &Token) -> Vec<Column> {
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

pub(crate) fn of_key(key: &Key) -> Vec<Column> {
    vec![
        Box::new(key.kid.clone()),
        Box::new(key.algorithm.clone()),
        Box::new(key.sealed.clone()),
        Box::new(key.public.clone()),
        Box::new(key.created_at.as_millis()),
        Box::new(key.signs_from.as_millis()),
        Box::new(key.signs_until.as_millis()),
        Box::new(key.verifies_until.as_millis()),
    ]
}

pub(crate) fn device(client: &Client) -> Option<String> {
    let device = client.device.as_deref();
    device.map(|device| without_nul(device).into_owned())
}

pub(crate) fn address(client: &Client) -> Option<String> {
    client.address.map(|address| address.to_string())
}

/// PostgreSQL keeps no U+0000 in a text. What a client calls itself is its own word, and may hold one.
fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}").into()
    } else {
        text.into()
    }
}
