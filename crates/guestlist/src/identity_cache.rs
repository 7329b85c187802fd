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
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::{SessionId, Timestamp, UserId, auth::Identity};

/// At this many credentials the least used ones go: some megabytes.
const CAPACITY: u64 = 10_000;

/// See the module's documentation. All ages are in the clock's monotonic time.
pub(crate) struct IdentityCache {
    recheck: Duration,
    entries: Cache<CredentialHash, Entry>,
    /// When this process last ended what.
    tombstones: RwLock<HashMap<Tombstone, Duration>>,
}

/// The SHA-256 of what a client presented.
type CredentialHash = [u8; 32];

/// What may be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tombstone {
    /// One session.
    Session(SessionId),
    /// Everything a user has.
    User(UserId),
}

#[derive(Clone)]
struct Entry {
    identity: Arc<Identity>,
    looked_up_at: Duration,
    expires_at: Timestamp,
}

impl IdentityCache {
    pub(crate) fn new(recheck: Duration) -> Self {
        Self {
            recheck,
            entries: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(recheck)
                .build(),
            tombstones: RwLock::default(),
        }
    }

    pub(crate) fn hash(credential: &str) -> CredentialHash {
        Sha256::digest(credential).into()
    }

    /// Whose credential that is, if it was looked up a moment ago and nothing has ended since.
    pub(crate) fn find(
        &self,
        hash: &CredentialHash,
        now: Timestamp,
        monotonic: Duration,
    ) -> Option<Arc<Identity>> {
        if self.recheck.is_zero() {
            return None;
        }
        let entry = self.entries.get(hash)?;
        let age = monotonic.saturating_sub(entry.looked_up_at);
        let fresh = age < self.recheck && now < entry.expires_at;
        (fresh && !self.has_ended_since(&entry)).then_some(entry.identity)
    }

    fn has_ended_since(&self, entry: &Entry) -> bool {
        let session = &entry.identity.session;
        let tombstones = self
            .tombstones
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        !tombstones.is_empty()
            && [
                Tombstone::Session(session.id),
                Tombstone::User(session.user_id),
            ]
            .iter()
            .filter_map(|tombstone| tombstones.get(tombstone))
            .any(|ended_at| entry.looked_up_at <= *ended_at)
    }

    /// Keeps what a look-up that began at `looked_up_at` found. The credential expires then.
    pub(crate) fn keep(
        &self,
        hash: CredentialHash,
        identity: &Arc<Identity>,
        looked_up_at: Duration,
        expires_at: Timestamp,
    ) {
        if !self.recheck.is_zero() {
            self.entries.insert(
                hash,
                Entry {
                    identity: Arc::clone(identity),
                    looked_up_at,
                    expires_at,
                },
            );
        }
    }

    /// Called after the end is committed and before anybody is told.
    pub(crate) fn end(&self, what: Tombstone, monotonic: Duration) {
        let mut tombstones = self
            .tombstones
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Whoever was looked up before an older end is too old to serve anyway.
        tombstones.retain(|_, ended_at| monotonic.saturating_sub(*ended_at) <= self.recheck);
        tombstones.insert(what, monotonic);
    }
}

impl fmt::Debug for IdentityCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityCache")
            .field("recheck", &self.recheck)
            .finish_non_exhaustive()
    }
}
