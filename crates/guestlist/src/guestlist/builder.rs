//! Builds a [`Guestlist`]: its settings, their defaults, and the checks of their values.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::Mutex;

use super::{Guestlist, Inner};
use crate::{
    Algorithm, BreachedPasswords, Clock, Lifetimes, PasswordCost, PasswordPolicy, Scheme,
    SecretKey, SignUpPolicy, Store, Strategy, SystemClock,
    identity_cache::IdentityCache,
    last_seen::LastSeen,
    password::{Hasher, Hashing},
    secret_key::Secrets,
    store::time_limit::TimeLimited,
    token::{DraftKeys, FormKeys, Jwt, Keyring, LinkKeys, RefreshKeys, TokenKeys},
};

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
    sign_up_policy: SignUpPolicy,
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
            sign_up_policy: SignUpPolicy::Open,
        }
    }
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

    /// Adds a second secret, which verifies existing tokens but makes no new ones. Default: none.
    ///
    /// Add the previous secret after the secret was changed, until all tokens of the previous one
    /// have expired. Add the next secret before several nodes change to it, one after the other.
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

    /// Sets how long the library may use an identity from the store without reading it again. At
    /// most one second, which is the default. With zero, the library reads the store for each
    /// request.
    #[must_use]
    pub fn recheck(mut self, recheck: Duration) -> Self {
        self.recheck = recheck;
        self
    }

    /// Sets how many active sessions one user may have: at least one, and 100 by default. A sign-in
    /// beyond the limit succeeds, and ends the session that was unused for the longest time.
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

    /// Sets who may sign up. Default: all visitors.
    #[must_use]
    pub fn sign_up_policy(mut self, policy: SignUpPolicy) -> Self {
        self.sign_up_policy = policy;
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

    /// Sets the most time that one verification of an imported hash may take. The time is estimated
    /// from a measurement on this machine. An import refuses a hash that takes longer. Stored
    /// hashes are always verified. Default: half a second. [`Duration::MAX`] accepts every
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

    /// Builds the [`Guestlist`] and starts the threads that hash passwords. The use cases of the
    /// `Guestlist` need a Tokio runtime with its timer.
    ///
    /// # Errors
    ///
    /// A setting has an invalid value, or the operating system gives no threads or no randomness.
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
                link_keys: LinkKeys::new(&secrets),
                sign_up_policy: self.sign_up_policy,
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
