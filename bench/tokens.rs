//! Fills a database with users who are signed in, ten times each, and writes their access tokens to
//! stdout, a line each: `tokens URL COUNT`.
//!
//! No password is hashed for it: the tokens are put together in the form that `guestlist`'s
//! `token/opaque.rs` describes, of bits that anybody can guess. `bench/sessions` asks the server whether it
//! takes them.

use std::{
    io::{self, BufWriter, Write},
    sync::Arc,
};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guestlist::{
    Client, Clock, Email, Epoch, Lifetimes, Proof, Salt, Scope, Session, SessionId, Store,
    SystemClock, Timestamp, TokenHash, TokenKind, User, UserId,
};
use guestlist_server::database::Stores;
use sha2::{Digest, Sha256};

/// So many users sign in at once.
const AT_ONCE: u32 = 256;
const SESSIONS_OF_A_USER: u32 = 10;
const USAGE: &str = "tokens URL COUNT";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context(USAGE)?;
    let count: u32 = arguments.next().context(USAGE)?.parse()?;
    let stores = Stores::open(&url).await?;
    let now = SystemClock::new().now();
    let tasks = (0..AT_ONCE).map(|first| {
        let store = Arc::clone(&stores.door);
        tokio::spawn(async move {
            let mut tokens = Vec::new();
            let users = count.div_ceil(SESSIONS_OF_A_USER);
            for number in (first..users).step_by(usize::try_from(AT_ONCE)?) {
                let user = user(number, now)?;
                store.insert_user(&user).await?;
                let sessions = number * SESSIONS_OF_A_USER..count;
                for session in sessions.take(usize::try_from(SESSIONS_OF_A_USER)?) {
                    tokens.push(sign_in(&*store, &user, session, now).await?);
                }
            }
            anyhow::Ok(tokens)
        })
    });
    let mut out = BufWriter::new(io::stdout().lock());
    for task in tasks.collect::<Vec<_>>() {
        for token in task.await?? {
            writeln!(out, "{token}")?;
        }
    }
    out.flush()?;
    Ok(stores.close().await?)
}

fn user(number: u32, now: Timestamp) -> anyhow::Result<User> {
    Ok(User {
        id: UserId::new(now),
        email: Email::parse(&format!("person{number}@example.com"))?,
        password_hash: None,
        name: None,
        created_at: now,
        verified_at: None,
        disabled_at: None,
        epoch: Epoch::default(),
        token_epoch: Epoch::default(),
    })
}

/// A session as a sign-in with an opaque token and a refresh token makes it: the access token.
async fn sign_in(
    store: &dyn Store,
    user: &User,
    number: u32,
    now: Timestamp,
) -> anyhow::Result<String> {
    let (id, lifetimes) = (SessionId::new(now), Lifetimes::default());
    let token = access_token(id, number);
    let session = Session {
        id,
        user_id: user.id,
        epoch: user.epoch,
        secret_hash: Some(hash(token.as_bytes())),
        secret_expires_at: Some(now.plus(lifetimes.access_database)),
        // Of no token: nobody refreshes it.
        refresh_hash: Some(hash(&number.to_be_bytes())),
        generation: 0,
        refreshed_at: None,
        salt: Salt::new(),
        scope: Scope::Account,
        created_at: now,
        last_seen_at: now,
        proven_at: now,
        expires_at: now.plus(lifetimes.session),
        idle_for: lifetimes.idle,
        how: Proof::Password,
        client: Client {
            device: Some("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0".into()),
            address: Some([192, 0, 2, 1].into()),
        },
    };
    store.insert_session(&session).await?;
    Ok(token)
}

fn access_token(session: SessionId, number: u32) -> String {
    let prefix = TokenKind::Access.prefix();
    let mut whole = session.as_uuid().as_bytes().to_vec();
    whole.extend(Sha256::digest(number.to_be_bytes()));
    let checksum = Sha256::new().chain_update(prefix).chain_update(&whole);
    whole.extend(&checksum.finalize()[..6]);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(whole))
}

fn hash(bytes: &[u8]) -> TokenHash {
    TokenHash::from_stored(Sha256::digest(bytes).into())
}
