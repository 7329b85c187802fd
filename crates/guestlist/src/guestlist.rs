//! The one entry point: a store and the rules.

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

/// The door: every use case is a method, and each handler has a clone.
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
    /// Whether the store is being told of them ahead of time.
    is_writing: AtomicBool,
    /// When keys were last looked for whose name was unknown, by the monotonic clock. Whoever reads keys holds it.
    keys_searched_at: Mutex<Option<Duration>>,
}

impl Guestlist {
    /// A door over that store, with keys derived from that secret.
    pub fn builder(store: impl Store, secret: SecretKey) -> Builder {
        Self::builder_over(Arc::new(store), secret)
    }

    /// The same over a store that something else uses too.
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

    /// Answers if the store does.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.store().ready().await
    }

    /// Whether people can sign in with that hash: its format is read here, and its scheme is listed.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn reads(&self, hash: &PasswordHash) -> Result<(), UnreadableHash> {
        self.inner.hasher.read(hash).map(drop)
    }

    /// Whether [`import_users`](Self::import_users) takes that hash, and people can sign in with it then. For each
    /// kind of hash the first one is measured, which takes some ten milliseconds: call this off the threads that serve.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or what one try of it costs here, if that is more than
    /// [`Builder::import_hash_limit`].
    pub fn admits(&self, hash: &PasswordHash) -> Result<(), HashRefusal> {
        self.inner.hasher.admits(hash)
    }

    /// What becomes of that hash at its owner's next sign-in.
    pub fn standing(&self, hash: &PasswordHash) -> HashStanding {
        self.inner.hasher.standing(hash)
    }

    /// The form of access tokens where a client cannot choose: what [`Builder::strategy`] was given.
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

    /// What may become a password here.
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

    /// After an end is committed, before anybody is told.
    pub(crate) fn has_ended(&self, what: Tombstone) {
        self.have_ended([what]);
    }

    /// The same of many.
    pub(crate) fn have_ended(&self, what: impl IntoIterator<Item = Tombstone>) {
        let monotonic = self.inner.clock.monotonic();
        self.inner.identities.end(what, monotonic);
    }
}

/// Settles what a [`Guestlist`] does. Everything but the store and the secret has a default.
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
    /// The `iss` and `aud` of every token: the base URL of the application, which is both issuer
    /// and audience. `http://127.0.0.1` by default.
    #[must_use]
    pub fn issuer(mut self, base_url: impl Into<String>) -> Self {
        self.issuer = base_url.into();
        self
    }

    /// How access tokens are signed. HS256 by default; by any other, nobody can sign in until the door has
    /// a key ([`Guestlist::tend_keys`]).
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Another secret, under which nothing is made and what was made still counts: the one that was in force before, for as
    /// long as something made under it is to live; or the one that comes next, while other nodes have it in force already.
    /// There is none by default.
    ///
    /// Personal tokens and those of services are hashed anew under the current secret when they are used.
    #[must_use]
    pub fn previous_secret(mut self, previous: SecretKey) -> Self {
        self.previous_secret = Some(previous);
        self
    }

    /// The form of access tokens where a client cannot choose. Opaque ones by default.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// For how long sessions, and what opens them, open anything.
    #[must_use]
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// How often a refresh token that was traded already gets the same answer again, within
    /// [`Lifetimes::refresh_window`]. One more try ends the session. Two by default; with zero, each is shown once, and an
    /// answer that got lost signs its user out.
    #[must_use]
    pub fn refresh_retries(mut self, retries: u32) -> Self {
        self.refresh_retries = retries;
        self
    }

    /// For how long what the store said of a credential may be taken for true, at most one second
    /// (the default); zero asks the store every time.
    #[must_use]
    pub fn recheck(mut self, recheck: Duration) -> Self {
        self.recheck = recheck;
        self
    }

    /// How many sessions one user may have: 100 by default, at least one. A sign-in beyond that is not refused: it
    /// ends the active session that was unused for longest.
    #[must_use]
    pub fn sessions_per_user(mut self, most: u32) -> Self {
        self.sessions_per_user = most;
        self
    }

    /// How many personal access tokens one user may have: 100 by default. One more is refused with
    /// [`MakeTokenError::TooMany`](crate::MakeTokenError::TooMany); expired and revoked ones do not count.
    #[must_use]
    pub fn tokens_per_user(mut self, most: u32) -> Self {
        self.tokens_per_user = most;
        self
    }

    /// What may become a password.
    #[must_use]
    pub fn password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Refuses what is in that list when somebody chooses a password. There is none by default, and
    /// nobody is asked over the network.
    #[must_use]
    pub fn breached_passwords(mut self, breached: BreachedPasswords) -> Self {
        self.breached = Some(Arc::new(breached));
        self
    }

    /// By which scheme and at what cost new hashes are made. A hash of another is replaced at its
    /// owner's next sign-in.
    #[must_use]
    pub fn password_cost(mut self, cost: PasswordCost) -> Self {
        self.hashing.cost = cost;
        self
    }

    /// The schemes of which stored hashes are verified, besides the one that makes them. All of them by
    /// default.
    #[must_use]
    pub fn password_schemes(mut self, schemes: impl IntoIterator<Item = Scheme>) -> Self {
        self.hashing.read = schemes.into_iter().collect();
        self
    }

    /// How many passwords are hashed at once, on threads of their own that stand behind those that
    /// serve in priority. The number of cores by default.
    #[must_use]
    pub fn hashing_threads(mut self, threads: usize) -> Self {
        self.hashing.threads = threads;
        self
    }

    /// For how long a password may wait for its turn; who would wait longer is told that too many are
    /// waiting. Two seconds by default.
    #[must_use]
    pub fn hashing_wait(mut self, wait: Duration) -> Self {
        self.hashing.wait = wait;
        self
    }

    /// The most that one try of an imported hash may cost on this machine, by an estimate from a measurement of its
    /// scheme. An import refuses a hash that costs more; a hash that is stored already is tried whatever it costs. Half a
    /// second by default; [`Duration::MAX`] takes every hash that is read.
    #[must_use]
    pub fn import_hash_limit(mut self, limit: Duration) -> Self {
        self.hashing.import_limit = limit;
        self
    }

    /// Another clock than the operating system's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The door, if the settings make sense. Starts the threads that hash; the door itself needs a
    /// Tokio runtime with its timer.
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

/// Why there is no door.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// See [`Builder::recheck`].
    #[error("`recheck` may be one second at most")]
    Recheck,
    /// See [`Builder::lifetimes`].
    #[error("sessions, tokens and proofs have to live for at least one second")]
    Lifetimes,
    /// See [`Builder::issuer`].
    #[error("the issuer is empty")]
    Issuer,
    /// See [`Builder::hashing_threads`].
    #[error("at least one thread has to hash passwords")]
    NoThreads,
    /// See [`Builder::sessions_per_user`].
    #[error("a user has to be allowed one session at least")]
    NoSessions,
    /// The operating system gives no threads or no randomness.
    #[error("cannot start the threads that hash passwords")]
    Threads(#[source] std::io::Error),
}
