//! [`Guestlist`], the entry point: a store and the rules. The use cases are in `auth/`.

mod builder;

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::Mutex;

pub use builder::{BuildError, Builder};

use crate::{
    BreachedPasswords, Clock, HashRefusal, HashStanding, Lifetimes, PasswordHash, PasswordPolicy,
    SessionId, SignUpPolicy, Store, StoreError, Strategy, Timestamp, TokenId, UnreadableHash,
    identity_cache::{IdentityCache, Tombstone},
    last_seen::LastSeen,
    password::Hasher,
    store::time_limit::TimeLimited,
    token::{DraftKeys, FormKeys, Jwt, LinkKeys, RefreshKeys, TokenKeys},
};

/// The library's entry point: each use case is a method. It is cheap to clone, so each handler gets
/// a clone.
#[derive(Clone, Debug)]
pub struct Guestlist {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: TimeLimited<dyn Store>,
    clock: Arc<dyn Clock>,
    hasher: Hasher,
    policy: PasswordPolicy,
    breached: Option<Arc<BreachedPasswords>>,
    jwt: Jwt,
    token_keys: TokenKeys,
    refresh_keys: RefreshKeys,
    form_keys: FormKeys,
    draft_keys: DraftKeys,
    link_keys: LinkKeys,
    sign_up_policy: SignUpPolicy,
    lifetimes: Lifetimes,
    refresh_retries: u32,
    strategy: Strategy,
    sessions_per_user: u32,
    tokens_per_user: u32,
    identities: IdentityCache,
    seen_sessions: LastSeen<SessionId>,
    used_tokens: LastSeen<TokenId>,
    /// Whether last-seen times are being written to the store before they are due.
    is_writing: AtomicBool,
    /// When keys with an unknown name were last looked for, by the monotonic clock. The lock is
    /// held while keys are read.
    keys_searched_at: Mutex<Option<Duration>>,
}

impl Guestlist {
    /// Checks that the store answers.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.store().ready().await
    }

    /// Checks that a hash may be used to sign in: its format is supported, and its scheme is
    /// listed.
    ///
    /// # Errors
    ///
    /// Why the hash cannot be used.
    pub fn reads(&self, hash: &PasswordHash) -> Result<(), UnreadableHash> {
        self.inner.hasher.read(hash).map(drop)
    }

    /// Checks that [`import_users`](Self::import_users) accepts this hash. For the first hash of
    /// each kind, this function measures the cost, which takes about ten milliseconds. So the
    /// caller must not be a thread that answers requests.
    ///
    /// # Errors
    ///
    /// Why the hash cannot be used, or what one verification costs on this machine if that is more
    /// than [`Builder::import_hash_limit`].
    pub fn admits(&self, hash: &PasswordHash) -> Result<(), HashRefusal> {
        self.inner.hasher.admits(hash)
    }

    /// Returns what happens to this hash when its user signs in with the right password.
    pub fn standing(&self, hash: &PasswordHash) -> HashStanding {
        self.inner.hasher.standing(hash)
    }

    /// Returns the kind of access token that a client gets if its request cannot name a kind: the
    /// value of [`Builder::strategy`].
    pub fn strategy(&self) -> Strategy {
        self.inner.strategy
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &self.inner.store
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.inner.hasher
    }

    /// Returns the rules for new passwords: the value of [`Builder::password_policy`].
    pub fn policy(&self) -> &PasswordPolicy {
        &self.inner.policy
    }

    pub(crate) fn breached_passwords(&self) -> Option<&Arc<BreachedPasswords>> {
        self.inner.breached.as_ref()
    }

    pub(crate) fn jwt(&self) -> &Jwt {
        &self.inner.jwt
    }

    pub(crate) fn token_keys(&self) -> &TokenKeys {
        &self.inner.token_keys
    }

    pub(crate) fn refresh_keys(&self) -> &RefreshKeys {
        &self.inner.refresh_keys
    }

    pub(crate) fn form_keys(&self) -> &FormKeys {
        &self.inner.form_keys
    }

    pub(crate) fn draft_keys(&self) -> &DraftKeys {
        &self.inner.draft_keys
    }

    pub(crate) fn link_keys(&self) -> &LinkKeys {
        &self.inner.link_keys
    }

    /// Returns who may sign up: the value of [`Builder::sign_up_policy`].
    pub fn sign_up_policy(&self) -> SignUpPolicy {
        self.inner.sign_up_policy
    }

    pub(crate) fn lifetimes(&self) -> &Lifetimes {
        &self.inner.lifetimes
    }

    pub(crate) fn refresh_retries(&self) -> u32 {
        self.inner.refresh_retries
    }

    pub(crate) fn sessions_per_user(&self) -> u32 {
        self.inner.sessions_per_user
    }

    pub(crate) fn tokens_per_user(&self) -> u32 {
        self.inner.tokens_per_user
    }

    pub(crate) fn seen_sessions(&self) -> &LastSeen<SessionId> {
        &self.inner.seen_sessions
    }

    pub(crate) fn is_writing(&self) -> &AtomicBool {
        &self.inner.is_writing
    }

    pub(crate) fn used_tokens(&self) -> &LastSeen<TokenId> {
        &self.inner.used_tokens
    }

    pub(crate) fn keys_searched_at(&self) -> &Mutex<Option<Duration>> {
        &self.inner.keys_searched_at
    }

    pub(crate) fn identities(&self) -> &IdentityCache {
        &self.inner.identities
    }

    /// Removes an ended record from the cache. Call it after the end is committed, and before the
    /// caller gets an answer.
    pub(crate) fn has_ended(&self, what: Tombstone) {
        self.have_ended([what]);
    }

    /// Removes many ended records from the cache, as [`has_ended`](Self::has_ended) does one.
    pub(crate) fn have_ended(&self, what: impl IntoIterator<Item = Tombstone>) {
        let monotonic = self.inner.clock.monotonic();
        self.inner.identities.end(what, monotonic);
    }
}
