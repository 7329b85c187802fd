//! [`Guestlist`], the entry point: a store and the rules. The use cases are in `auth/`.

mod builder;
mod origin;

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::Mutex;

pub use builder::{BuildError, Builder};

use self::origin::Origin;
use crate::{
    AccountRules, Actor, BreachedPasswords, Client, Clock, HashRefusal, HashStanding, Lifetimes,
    Limits, PasswordHash, PasswordPolicy, SessionId, SignUpPolicy, Store, StoreError, Strategy,
    Timestamp, TokenId, UnreadableHash,
    identity_cache::{IdentityCache, Tombstone},
    last_seen::LastSeen,
    limit_keys::LimitKeys,
    password::Hasher,
    store::time_limit::TimeLimited,
    token::{
        ChallengeKeys, DeviceKeys, DraftKeys, FactorKeys, FormKeys, Jwt, LinkKeys, RefreshKeys,
        TokenKeys,
    },
    underway::Underway,
};

/// The library's entry point: each use case is a method. It is cheap to clone, so each handler gets
/// a clone.
#[derive(Clone, Debug)]
pub struct Guestlist {
    inner: Arc<Inner>,
    /// For the security log; usually the same for all clones.
    origin: Arc<Origin>,
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
    device_keys: DeviceKeys,
    limit_keys: LimitKeys,
    limits: Limits,
    sign_up_policy: SignUpPolicy,
    factor_keys: FactorKeys,
    challenge_keys: ChallengeKeys,
    lifetimes: Lifetimes,
    refresh_retries: u32,
    strategy: Strategy,
    sessions_per_user: u32,
    tokens_per_user: u32,
    account_rules: AccountRules,
    identities: IdentityCache,
    seen_sessions: LastSeen<SessionId>,
    used_tokens: LastSeen<TokenId>,
    /// Whether last-seen times are being written to the store before they are due.
    is_writing: AtomicBool,
    /// When keys with an unknown name were last looked for, by the monotonic clock. The lock is
    /// held while keys are read.
    keys_searched_at: Mutex<Option<Duration>>,
    keep_security_events: Duration,
    events_underway: Underway,
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

    /// Returns a `Guestlist` whose security events have this actor. It is for the pages of
    /// administrators and for commands. Without it, a use case of a user has the actor
    /// [`Actor::User`], and one of an administrator [`Actor::System`].
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        self.with_origin(Origin {
            actor: Some(actor),
            ..Origin::clone(&self.origin)
        })
    }

    /// Returns a `Guestlist` whose security events have this client. Where a use case takes a
    /// client, that one counts.
    #[must_use]
    pub fn seen_from(&self, client: Client) -> Self {
        self.with_origin(Origin {
            client,
            ..Origin::clone(&self.origin)
        })
    }

    /// Returns a `Guestlist` whose security events say that the address is that of a proxy which
    /// the application does not trust.
    #[must_use]
    pub fn behind_unknown_proxy(&self) -> Self {
        self.with_origin(Origin {
            is_address_of_proxy: true,
            ..Origin::clone(&self.origin)
        })
    }

    fn with_origin(&self, origin: Origin) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            origin: Arc::new(origin),
        }
    }

    /// Returns the base URL of the application: the value of
    /// [`Builder::issuer`](crate::Builder::issuer).
    pub fn issuer(&self) -> &str {
        self.inner.jwt.issuer()
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn keep_security_events(&self) -> Duration {
        self.inner.keep_security_events
    }

    pub(crate) fn underway(&self) -> &Underway {
        &self.inner.events_underway
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

    pub(crate) fn device_keys(&self) -> &DeviceKeys {
        &self.inner.device_keys
    }

    pub(crate) fn limit_keys(&self) -> &LimitKeys {
        &self.inner.limit_keys
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(crate) fn link_keys(&self) -> &LinkKeys {
        &self.inner.link_keys
    }

    /// Returns who may sign up: the value of [`Builder::sign_up_policy`].
    pub fn sign_up_policy(&self) -> SignUpPolicy {
        self.inner.sign_up_policy
    }

    pub(crate) fn factor_keys(&self) -> &FactorKeys {
        &self.inner.factor_keys
    }

    pub(crate) fn challenge_keys(&self) -> &ChallengeKeys {
        &self.inner.challenge_keys
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

    /// Returns the rules about e-mail addresses: the value of [`Builder::account_rules`].
    pub fn account_rules(&self) -> AccountRules {
        self.inner.account_rules
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
