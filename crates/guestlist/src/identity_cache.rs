//! Caches which user a credential identifies, for at most a second.
//!
//! Only a credential that was fully verified is cached; its key is the SHA-256. An entry is valid
//! for at most `recheck`, counted from the start of its look-up, so that changes by other nodes or
//! in the database are seen within that time. What this process ends is gone at once: it leaves a
//! tombstone, and an entry whose look-up began before the end is not used, however late it comes
//! in.

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

use crate::{By, Identity, SessionId, Timestamp, TokenHash, TokenId, UserId};

/// The number of shards, so that simultaneous requests rarely wait for each other.
const SHARDS: usize = 16;
/// The most entries of a shard. A full shard drops its expired entries. If it is still full, it
/// drops all entries. All shards together take some megabytes.
const SHARD_CAPACITY: usize = 1_000;

/// The cache; see the module's documentation. All times are the clock's monotonic time.
pub(crate) struct IdentityCache {
    recheck: Duration,
    shards: [RwLock<Shard>; SHARDS],
    /// When this process ended each record.
    tombstones: RwLock<HashMap<Tombstone, Duration>>,
    /// The number of tombstones. It is usually zero, which can be checked without a lock.
    tombstone_count: AtomicUsize,
}

type Shard = HashMap<CacheKey, Entry, BuildHasherDefault<FirstBytes>>;

/// The SHA-256 of a credential. The hash needs no key: the cache never leaves the process's memory,
/// and a credential holds 256 random bits or a signature. HMAC would hash one more block for each
/// request.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of that credential.
    pub(crate) fn of(credential: &str) -> Self {
        Self(Sha256::digest(credential).into())
    }
}

/// A record or credential that was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tombstone {
    /// One session.
    Session(SessionId),
    /// One personal access token.
    Token(TokenId),
    /// All sessions and tokens of a user.
    User(UserId),
    /// One credential of a session that stays active. The hash is the one that was stored.
    Credential(TokenHash),
}

/// A hasher for keys that are hashes themselves.
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
            tombstone_count: AtomicUsize::new(0),
        }
    }

    fn shard(&self, key: &CacheKey) -> &RwLock<Shard> {
        &self.shards[usize::from(key.0[31]) % SHARDS]
    }

    /// Returns the identity of the credential. `None` if the store was last asked for it longer
    /// than `recheck` ago, or if its session or token has ended or expired since.
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
        if self.tombstone_count.load(Ordering::Acquire) == 0 {
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

    /// Caches an identity. `looked_up_at` is the time at which its look-up began.
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

    /// Adds tombstones. Call it after the ends are committed, and before the callers get their
    /// answers.
    pub(crate) fn end(&self, what: impl IntoIterator<Item = Tombstone>, monotonic: Duration) {
        let mut tombstones = self
            .tombstones
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // An entry from before an older tombstone has expired anyway.
        tombstones.retain(|_, ended_at| monotonic.saturating_sub(*ended_at) <= self.recheck);
        tombstones.extend(what.into_iter().map(|what| (what, monotonic)));
        self.tombstone_count
            .store(tombstones.len(), Ordering::Release);
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
    fn a_full_shard_drops_expired_entries_first_and_never_grows_further() {
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
