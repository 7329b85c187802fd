//! [`Guestlist`], the entry point: a store and the rules.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::Mutex;

use crate::{
    Algorithm, BreachedPasswords, Clock, HashRefusal, HashStanding, Lifetimes, PasswordCost,
    PasswordHash, PasswordPolicy, Scheme, SecretKey, SessionId, Store, StoreError, Strategy,
    SystemClock, Timestamp, TokenId, UnreadableHash,
    identity_cache::{IdentityCache, Tombstone},
    last_seen::LastSeen,
    password::{Hasher, Hashing},
    secret_key::Secrets,
    store::time_limit::TimeLimited,
    token::{DraftKeys, FormKeys, Jwt, Keyring, RefreshKeys, TokenKeys},
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
    /// Starts a builder with this store. All keys are derived from `secret`.
    pub fn builder(store: impl Store, secret: SecretKey) -> Builder {
        Self::builder_over(Arc::new(store), secret)
    }

    /// Starts a builder with a store that other code shares.
    pub fn builder_over(store: Arc<dyn Store>, secret: SecretKey) -> Builder {
        Builder {
            store,
            secret,
            previous_secret: None,
            algorithm: Algorithm::default(),
            strategy: Strategy::Database,
            clock: Arc::new(SystemClock::new()),
            hashing: Hashing::default(),
            policy: PasswordPolicy::default(),
            breached: None,
            issuer: "http://127.0.0.1".to_owned(),
            lifetimes: Lifetimes::default(),
            refresh_retries: 2,
            recheck: Duration::from_secs(1),
            sessions_per_user: 100,
            tokens_per_user: 100,
        }
    }

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

    /// Checks that [`import_users`](Self::import_users) accepts this hash. The first hash of each
    /// kind is measured, which takes about ten milliseconds; so do not call this on threads that
    /// answer requests.
    ///
    /// # Errors
    ///
    /// Why the hash cannot be used, or what one verification costs on this machine if that is more
    /// than [`Builder::import_hash_limit`].
    pub fn admits(&self, hash: &PasswordHash) -> Result<(), HashRefusal> {
        self.inner.hasher.admits(hash)
    }

    /// Says what happens to this hash at its owner's next sign-in.
    pub fn standing(&self, hash: &PasswordHash) -> HashStanding {
        self.inner.hasher.standing(hash)
    }

    /// The kind of access token for clients that cannot choose: the value of [`Builder::strategy`].
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

    /// The rules for new passwords.
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

    /// Does the same for many records.
    pub(crate) fn have_ended(&self, what: impl IntoIterator<Item = Tombstone>) {
        let monotonic = self.inner.clock.monotonic();
        self.inner.identities.end(what, monotonic);
    }
}

/// Builds a [`Guestlist`]. Everything except the store and the secret has a default.
#[derive(Debug)]
pub struct Builder {
    store: Arc<dyn Store>,
    secret: SecretKey,
    previous_secret: Option<SecretKey>,
    algorithm: Algorithm,
    strategy: Strategy,
    clock: Arc<dyn Clock>,
    hashing: Hashing,
    policy: PasswordPolicy,
    breached: Option<Arc<BreachedPasswords>>,
    issuer: String,
    lifetimes: Lifetimes,
    refresh_retries: u32,
    recheck: Duration,
    sessions_per_user: u32,
    tokens_per_user: u32,
}

impl Builder {
    /// Sets the `iss` and `aud` of every JWT: the base URL of the application, which is both issuer
    /// and audience. Default: `http://127.0.0.1`.
    #[must_use]
    pub fn issuer(mut self, base_url: impl Into<String>) -> Self {
        self.issuer = base_url.into();
        self
    }

    /// Sets the algorithm that signs access tokens. Default: HS256. With any other, users can sign
    /// in only after a signing key exists ([`Guestlist::tend_keys`]).
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Adds a second secret that only verifies: nothing new is made with it. It is the previous
    /// secret, as long as anything made with it is valid, or the next one, while other nodes
    /// already use it. Default: none.
    ///
    /// Personal access tokens and service tokens are hashed again with the current secret when they
    /// are used.
    #[must_use]
    pub fn previous_secret(mut self, previous: SecretKey) -> Self {
        self.previous_secret = Some(previous);
        self
    }

    /// Sets the kind of access token for clients that cannot choose. Default: opaque tokens.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Sets how long sessions and their tokens are valid.
    #[must_use]
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// Sets how often a used refresh token gets the same answer again within
    /// [`Lifetimes::refresh_window`]. One more attempt ends the session. Default: 2. With 0 each
    /// refresh token works once, and a lost answer signs the user out.
    #[must_use]
    pub fn refresh_retries(mut self, retries: u32) -> Self {
        self.refresh_retries = retries;
        self
    }

    /// Sets how long an identity from the store may be cached, at most one second. Default: one
    /// second. Zero asks the store every time.
    #[must_use]
    pub fn recheck(mut self, recheck: Duration) -> Self {
        self.recheck = recheck;
        self
    }

    /// Sets how many sessions one user may have, at least one. Default: 100. A sign-in beyond the
    /// limit is not refused: it ends the active session that was unused for the longest time.
    #[must_use]
    pub fn sessions_per_user(mut self, most: u32) -> Self {
        self.sessions_per_user = most;
        self
    }

    /// Sets how many personal access tokens one user may have. Default: 100. One more is refused
    /// with [`MakeTokenError::TooMany`](crate::MakeTokenError::TooMany). Expired and revoked tokens
    /// do not count.
    #[must_use]
    pub fn tokens_per_user(mut self, most: u32) -> Self {
        self.tokens_per_user = most;
        self
    }

    /// Sets the rules for new passwords.
    #[must_use]
    pub fn password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Refuses new passwords that are in this list. Default: no list. Nothing is looked up over the
    /// network.
    #[must_use]
    pub fn breached_passwords(mut self, breached: BreachedPasswords) -> Self {
        self.breached = Some(Arc::new(breached));
        self
    }

    /// Sets the scheme and cost of new hashes. A hash of another scheme or cost is replaced at its
    /// owner's next sign-in.
    #[must_use]
    pub fn password_cost(mut self, cost: PasswordCost) -> Self {
        self.hashing.cost = cost;
        self
    }

    /// Sets the schemes of stored hashes that are verified, besides the scheme of new hashes.
    /// Default: all.
    #[must_use]
    pub fn password_schemes(mut self, schemes: impl IntoIterator<Item = Scheme>) -> Self {
        self.hashing.read = schemes.into_iter().collect();
        self
    }

    /// Sets how many passwords are hashed at the same time, on threads of their own with a lower
    /// priority than the threads that answer requests. Default: the number of cores.
    #[must_use]
    pub fn hashing_threads(mut self, threads: usize) -> Self {
        self.hashing.threads = threads;
        self
    }

    /// Sets how long a password may wait to be hashed. If the wait would be longer, the caller gets
    /// [`HashError::Busy`](crate::HashError::Busy). Default: two seconds.
    #[must_use]
    pub fn hashing_wait(mut self, wait: Duration) -> Self {
        self.hashing.wait = wait;
        self
    }

    /// Sets the most time that one verification of an imported hash may take on this machine,
    /// estimated from a measurement of its scheme. An import refuses a hash that costs more; a
    /// stored hash is always verified. Default: half a second. [`Duration::MAX`] accepts every
    /// supported hash.
    #[must_use]
    pub fn import_hash_limit(mut self, limit: Duration) -> Self {
        self.hashing.import_limit = limit;
        self
    }

    /// Replaces the operating system's clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Builds the [`Guestlist`], if the settings are valid, and starts the threads that hash
    /// passwords. It needs a Tokio runtime with its timer.
    pub fn build(self) -> Result<Guestlist, BuildError> {
        if self.recheck > Duration::from_secs(1) {
            return Err(BuildError::Recheck);
        }
        if !self.lifetimes.are_long_enough() {
            return Err(BuildError::Lifetimes);
        }
        if self.issuer.is_empty() {
            return Err(BuildError::Issuer);
        }
        if self.hashing.threads == 0 {
            return Err(BuildError::NoThreads);
        }
        if self.sessions_per_user == 0 {
            return Err(BuildError::NoSessions);
        }
        let secrets = Secrets::new(self.secret, self.previous_secret);
        Ok(Guestlist {
            inner: Arc::new(Inner {
                token_keys: TokenKeys::new(&secrets),
                refresh_keys: RefreshKeys::new(&secrets),
                form_keys: FormKeys::new(&secrets),
                draft_keys: DraftKeys::new(&secrets),
                jwt: Jwt::new(
                    Keyring::new(self.algorithm, secrets),
                    &self.issuer,
                    &self.issuer,
                ),
                hasher: Hasher::start(self.hashing).map_err(BuildError::Threads)?,
                identities: IdentityCache::new(self.recheck),
                store: TimeLimited(self.store),
                clock: self.clock,
                policy: self.policy,
                breached: self.breached,
                lifetimes: self.lifetimes,
                refresh_retries: self.refresh_retries,
                strategy: self.strategy,
                sessions_per_user: self.sessions_per_user,
                tokens_per_user: self.tokens_per_user,
                seen_sessions: LastSeen::new(),
                used_tokens: LastSeen::new(),
                is_writing: AtomicBool::new(false),
                keys_searched_at: Mutex::default(),
            }),
        })
    }
}

/// Why a [`Guestlist`] cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// `recheck` is too long; see [`Builder::recheck`].
    #[error("`recheck` must be at most one second")]
    Recheck,
    /// A lifetime is too short; see [`Builder::lifetimes`].
    #[error("the lifetimes of sessions, tokens and reauthentications must be at least one second")]
    Lifetimes,
    /// The issuer is empty; see [`Builder::issuer`].
    #[error("the issuer is empty")]
    Issuer,
    /// There are no hashing threads; see [`Builder::hashing_threads`].
    #[error("at least one thread must hash passwords")]
    NoThreads,
    /// No session is allowed; see [`Builder::sessions_per_user`].
    #[error("a user must be allowed at least one session")]
    NoSessions,
    /// The operating system gave no threads or no randomness.
    #[error("cannot start the threads that hash passwords")]
    Threads(#[source] std::io::Error),
}
