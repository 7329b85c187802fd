//! A store in memory: one lock, so that every operation is atomic.

mod invitations;
mod keys;
mod maintenance;
mod sessions;
mod tokens;
mod users;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    Archived, Ended, Invitation, InvitationId, Key, Session, SessionId, Token, TokenId, User,
    UserId,
};

/// Stores everything until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    users: HashMap<UserId, User>,
    sessions: BTreeMap<SessionId, Session>,
    tokens: BTreeMap<TokenId, Token>,
    keys: Vec<Key>,
    invitations: BTreeMap<InvitationId, Invitation>,
    copy_mark: Option<String>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page of an archive.
fn page<'r, R: Archived>(
    records: impl Iterator<Item = &'r R>,
    after: Option<&str>,
    limit: u32,
) -> Vec<R> {
    let is_on_it = |record: &&R| after.is_none_or(|after| record.archive_id().as_str() > after);
    let mut page: Vec<R> = records.filter(is_on_it).cloned().collect();
    page.sort_by_key(Archived::archive_id);
    page.truncate(size(limit));
    page
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

fn ended(existed: bool) -> Ended {
    if existed { Ended::Now } else { Ended::Before }
}

#[cfg(test)]
mod tests {
    crate::store_contract!(async || super::MemoryStore::new());
    crate::archive_contract!(async || super::MemoryStore::new());
}
