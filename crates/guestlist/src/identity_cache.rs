//! What this process has learned in the last second: which credential is whose.
//!
//! Only a credential that was verified in full gets in, under its SHA-256. An entry serves for at
//! most `recheck`, counted from before the look-up began, so that what happens on another node or
//! in the database is seen within that time. What this process ends itself is gone at once: it
//! leaves a tombstone, and an entry whose look-up began before the end is no answer, however late
//! it comes in.

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sha2::{Digest, Sha256};

use crate::{
    SessionId, Timestamp, TokenHash, TokenId, UserId,
    auth::{By, Identity},
};

/// Requests that come at the same moment seldom wait for each other.
const SHARDS: usize = 16;
/// A shard with so many entries first drops what is too old to serve, then all: some megabytes.
const SHARD_CAPACITY: usize = 1_000;

/// See the module's documentation. All ages are in the clock's monotonic time.
pub(crate) struct IdentityCache {
    recheck: Duration,
    shards: [RwLock<Shard>; SHARDS],
    /// When this process last ended what.
    tombstones: RwLock<HashMap<Tombstone, Duration>>,
    /// How many there are: mostly none, which is seen without taking a lock.
    buried: AtomicUsize,
}

type Shard = HashMap<CacheKey, Entry, BuildHasherDefault<FirstBytes>>;

/// The SHA-256 of a credential. The cache stays in memory and never leaves the process, and credentials hold 256 random
/// bits or a signature, so the hash needs no key. HMAC would cost every request another block.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of that credential.
    pub(crate) fn of(credential: &str) -> Self {
        Self(Sha256::digest(credential).into())
    }
}

/// What may be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tombstone {
    /// One session.
    Session(SessionId),
    /// One personal token.
    Token(TokenId),
    /// Everything a user has.
    User(UserId),
    /// One credential of a session that goes on, by the hash that was stored of it.
    Credential(TokenHash),
}

/// A hash table's hash of what is a hash already.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

struct Entry {
    identity: Arc<Identity>,
    looked_up_at: Duration,
}

impl IdentityCache {
    pub(crate) fn new(recheck: Duration) -> Self {
        Self {
            recheck,
            shards: Default::default(),
            tombstones: RwLock::default(),
            buried: AtomicUsize::new(0),
        }
    }

    fn shard(&self, key: &CacheKey) -> &RwLock<Shard> {
        &self.shards[usize::from(key.0[31]) % SHARDS]
    }

    /// Whose credential that is, if it was looked up a moment ago and nothing has ended since.
    pub(crate) fn find(
        &self,
        key: &CacheKey,
        now: Timestamp,
        monotonic: Duration,
    ) -> Option<Arc<Identity>> {
        let shard = self
            .shard(key)
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let entry = shard.get(key)?;
        let serves = entry.is_fresh(monotonic, self.recheck)
            && now < entry.identity.expires_at
            && !self.has_ended_since(entry);
        serves.then(|| Arc::clone(&entry.identity))
    }

    fn has_ended_since(&self, entry: &Entry) -> bool {
        if self.buried.load(Ordering::Acquire) == 0 {
            return false;
        }
        let (by, stored) = match &entry.identity.by {
            By::Session(session) => (Tombstone::Session(session.id), session.secret_hash),
            By::Token(token) => (Tombstone::Token(token.id), None),
        };
        let tombstones = self
            .tombstones
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        [by, Tombstone::User(entry.identity.user.id)]
            .into_iter()
            .chain(stored.map(Tombstone::Credential))
            .filter_map(|tombstone| tombstones.get(&tombstone))
            .any(|ended_at| entry.looked_up_at <= *ended_at)
    }

    /// Keeps what a look-up that began at `looked_up_at` found, until the credential expires.
    pub(crate) fn keep(&self, key: CacheKey, identity: &Arc<Identity>, looked_up_at: Duration) {
        if self.recheck.is_zero() {
            return;
        }
        let mut shard = self
            .shard(&key)
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= SHARD_CAPACITY {
            shard.retain(|_, entry| entry.is_fresh(looked_up_at, self.recheck));
        }
        if shard.len() >= SHARD_CAPACITY {
            shard.clear();
        }
        let entry = Entry {
            identity: Arc::clone(identity),
            looked_up_at,
        };
        shard.insert(key, entry);
    }

    /// Called after the ends are committed and before anybody is told.
    pub(crate) fn end(&self, what: impl IntoIterator<Item = Tombstone>, monotonic: Duration) {
        let mut tombstones = self
            .tombstones
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Whoever was looked up before an older end is too old to serve anyway.
        tombstones.retain(|_, ended_at| monotonic.saturating_sub(*ended_at) <= self.recheck);
        tombstones.extend(what.into_iter().map(|what| (what, monotonic)));
        self.buried.store(tombstones.len(), Ordering::Release);
    }
}

impl Entry {
    fn is_fresh(&self, monotonic: Duration, recheck: Duration) -> bool {
        monotonic.saturating_sub(self.looked_up_at) < recheck
    }
}

impl fmt::Debug for IdentityCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityCache")
            .field("recheck", &self.recheck)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, Session, testing::user};

    #[test]
    fn a_full_shard_drops_what_is_old_first_and_never_grows_further() {
        let cache = IdentityCache::new(Duration::from_secs(1));
        let user = user("ada@example.com");
        let minute = Duration::from_secs(60);
        let (now, end) = (user.created_at, user.created_at.plus(minute));
        let session = Session::new(&user, Client::default(), now, end, minute);
        let identity = Arc::new(Identity {
            scope: session.scope,
            expires_at: session.expires_at,
            by: By::Session(session),
            user,
        });
        let key = |number: usize| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_le_bytes());
            CacheKey(key)
        };
        for number in 0..3 * SHARD_CAPACITY {
            let now = Duration::from_millis(u64::try_from(number).unwrap());
            cache.keep(key(number), &identity, now);
            let found = cache.find(&key(number), identity.user.created_at, now);
            assert!(found.is_some(), "{number}");
            let kept = cache.shards[0].read().unwrap().len();
            assert!(kept <= SHARD_CAPACITY, "{kept}");
        }
    }
}
