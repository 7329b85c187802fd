//! Fills a database with users who are signed in, ten times each, and writes their access tokens to
//! stdout, one per line: `tokens URL COUNT SECRET`, with the server's secret.
//!
//! No password is hashed. The tokens have the form that `guestlist`'s `token/opaque.rs` describes,
//! with bits that are easy to guess, and are hashed as in `token/hash.rs`. `bench/sessions` checks
//! that the server accepts them.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guestlist::{
    Client, Clock, Email, Epoch, Lifetimes, Record, Role, Salt, Scope, Session, SessionId,
    SignInMethod, SystemClock, Timestamp, TokenHash, TokenKind, User, UserId,
};
use guestlist_server::database::Stores;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// How many records are written at the same time.
const AT_ONCE: usize = 1_000;
const SESSIONS_OF_A_USER: u32 = 10;
const USAGE: &str = "tokens URL COUNT SECRET";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context(USAGE)?;
    let count: u32 = arguments.next().context(USAGE)?.parse()?;
    let secret = arguments.next().context(USAGE)?;
    let hasher = Hasher::new(secret.as_bytes())?;
    let stores = Stores::open(&url).await?;
    let archive = &stores.archives().accounts;
    let now = SystemClock::new().now();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut records = Vec::new();
    for number in 0..count.div_ceil(SESSIONS_OF_A_USER) {
        let user = user(number, now)?;
        records.push(Record::User(user.clone()));
        let sessions = number * SESSIONS_OF_A_USER..count;
        for session in sessions.take(usize::try_from(SESSIONS_OF_A_USER)?) {
            let (session, token) = sign_in(&user, session, now, &hasher);
            records.push(Record::Session(session));
            writeln!(out, "{token}")?;
        }
        if records.len() >= AT_ONCE {
            archive.put(&records).await?;
            records.clear();
        }
    }
    archive.put(&records).await?;
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
        role: Role::Member,
        approved_at: Some(now),
        epoch: Epoch::default(),
        token_epoch: Epoch::default(),
    })
}

/// Returns a session with an opaque token and a refresh token, and the access token.
fn sign_in(user: &User, number: u32, now: Timestamp, hasher: &Hasher) -> (Session, String) {
    let (id, lifetimes) = (SessionId::new(now), Lifetimes::default());
    let token = access_token(id, number);
    let session = Session {
        id,
        user_id: user.id,
        epoch: user.epoch,
        secret_hash: Some(hasher.hash(token.as_bytes())),
        secret_expires_at: Some(now.plus(lifetimes.access_database)),
        // The hash of no token, because these sessions are never refreshed.
        refresh_hash: Some(hasher.hash(&number.to_be_bytes())),
        generation: 0,
        refreshed_at: None,
        refreshed_by: Client::default(),
        retries: 0,
        salt: Salt::new(),
        scope: Scope::Account,
        created_at: now,
        last_seen_at: now,
        proven_at: now,
        expires_at: now.plus(lifetimes.session),
        idle_for: lifetimes.idle,
        how: SignInMethod::Password,
        client: Client {
            device: Some("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0".into()),
            address: Some([192, 0, 2, 1].into()),
        },
    };
    (session, token)
}

fn access_token(session: SessionId, number: u32) -> String {
    let prefix = TokenKind::Access.prefix();
    let mut whole = session.as_uuid().as_bytes().to_vec();
    whole.extend(Sha256::digest(number.to_be_bytes()));
    let checksum = Sha256::new().chain_update(prefix).chain_update(&whole);
    whole.extend(&checksum.finalize()[..6]);
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(whole))
}

/// Hashes tokens as a server with this secret does.
struct Hasher {
    id: [u8; 32],
    mac: Hmac<Sha256>,
}

impl Hasher {
    fn new(secret: &[u8]) -> anyhow::Result<Self> {
        let derive = |purpose: &str| {
            let mut key = [0; 32];
            let secret = Hkdf::<Sha256>::new(Some(b"guestlist"), secret);
            let expanded = secret.expand(purpose.as_bytes(), &mut key);
            expanded
                .map(|()| key)
                .map_err(|_| anyhow::anyhow!("32 bytes are too many"))
        };
        Ok(Self {
            id: derive("stored tokens, HMAC-SHA-256, key id")?,
            mac: Hmac::new_from_slice(&derive("stored tokens, HMAC-SHA-256")?)?,
        })
    }

    fn hash(&self, bytes: &[u8]) -> TokenHash {
        let mac = self.mac.clone().chain_update(bytes).finalize();
        let mut stored = self.id[..8].to_vec();
        stored.extend_from_slice(&mac.into_bytes());
        TokenHash::from_stored(&stored)
    }
}
