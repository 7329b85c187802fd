//! Purges expired records from the store in small batches, and writes last-seen times.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::{self, Instant};

use crate::{Census, Guestlist, Session, StoreError, Timestamp, Token, last_seen::FULL};

/// How many records one purge deletes at once. Small batches keep other operations from waiting.
const BATCH: u32 = 500;
/// How long messages are kept, whatever became of them, and invitations after they expired.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How many last-seen times are written at once.
const AT_ONCE: usize = 500;
/// How many are written at once while requests use the store. Such a write takes about as long as
/// ten requests' reads.
const BESIDE_REQUESTS: usize = 32;
/// After each write the store is left to requests for this many times as long as the write took.
const REST: u32 = 4;
/// How long to wait after a failed write before the next one.
const AFTER_A_FAILURE: Duration = Duration::from_secs(1);

impl Guestlist {
    /// Writes to the store when sessions and tokens were last used, and deletes expired records, old
    /// security events, old messages and old invitations in small batches. Returns the number of deleted records.
    /// Deleting them changes nothing for users, because expired sessions and tokens are refused
    /// anyway. Call it before the process ends; [`upkeep`](Self::upkeep) calls it regularly.
    pub async fn purge(&self) -> Result<u64, StoreError> {
        for _ in 0..FULL.div_ceil(AT_ONCE) {
            self.write_last_seen(AT_ONCE).await?;
        }
        let before = self.now();
        while self.store().purge_counters(before, BATCH).await? >= u64::from(BATCH) {
            tokio::task::yield_now().await;
        }
        let mut purged = 0;
        loop {
            let batch = self.store().purge(before, BATCH).await?;
            purged += batch;
            if batch < u64::from(BATCH) {
                break;
            }
            // A store that never waits would block every other task on this thread.
            tokio::task::yield_now().await;
        }
        loop {
            let batch = self.purge_events(BATCH).await?;
            purged += batch;
            if batch < u64::from(BATCH) {
                break;
            }
            tokio::task::yield_now().await;
        }
        let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        let before = Timestamp::from_millis(before.as_millis().saturating_sub(kept));
        loop {
            let batch = self.store().purge_invitations(before, BATCH).await?;
            purged += batch;
            if batch < u64::from(BATCH) {
                break;
            }
            tokio::task::yield_now().await;
        }
        loop {
            let batch = self.store().purge_messages(before, BATCH).await?;
            purged += batch;
            if batch < u64::from(BATCH) {
                return Ok(purged);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Counts the records, and those that the next [`purge`](Self::purge) deletes.
    pub async fn census(&self) -> Result<Census, StoreError> {
        self.store().census(self.now()).await
    }

    /// Records that the session is used now.
    pub(super) fn seen(&self, session: &Session, now: Timestamp) {
        let last = Some(session.last_seen_at);
        if self.seen_sessions().note(session.id, last, now) {
            self.write_soon();
        }
    }

    /// Records that the token is used now.
    pub(super) fn used(&self, token: &Token, now: Timestamp) {
        let last = token.last_used_at.max(self.used_tokens().of(token.id));
        if self.used_tokens().note(token.id, last, now) {
            self.write_soon();
        }
    }

    /// Writes all pending last-seen times in a background task, one task at a time. Times that are
    /// lost are recorded again at the next use.
    fn write_soon(&self) {
        if self.is_writing().swap(true, Ordering::AcqRel) {
            return;
        }
        let guestlist = self.clone();
        tokio::spawn(async move {
            if let Err(error) = guestlist.write_beside_requests().await {
                tracing::warn!(%error, "cannot write last-seen times");
                time::sleep(AFTER_A_FAILURE).await;
            }
            guestlist.is_writing().store(false, Ordering::Release);
        });
    }

    async fn write_beside_requests(&self) -> Result<(), StoreError> {
        loop {
            let began = Instant::now();
            if self.write_last_seen(BESIDE_REQUESTS).await? == 0 {
                return Ok(());
            }
            time::sleep(began.elapsed() * REST).await;
        }
    }

    /// Writes up to `most` times each of sessions and tokens. Returns how many were written.
    async fn write_last_seen(&self, most: usize) -> Result<usize, StoreError> {
        let (sessions, tokens) = (
            self.seen_sessions().take(most),
            self.used_tokens().take(most),
        );
        if !sessions.is_empty() {
            self.store().touch_sessions(&sessions).await?;
        }
        if !tokens.is_empty() {
            self.store().touch_tokens(&tokens).await?;
        }
        Ok(sessions.len() + tokens.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SessionId, Wanted, auth::fixture::Fixture};

    #[tokio::test]
    async fn many_pending_last_seen_times_are_written_without_a_purge() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let seen_at = async || {
            let session = fixture.session(signed_in.session.id).await;
            session.expect("is there").last_seen_at
        };
        // From here on only the sleeps take time.
        time::pause();
        fixture.advance(60);
        let now = fixture.now();
        for _ in 2..FULL {
            let other = SessionId::new(now);
            fixture.guestlist.seen_sessions().note(other, None, now);
        }
        assert!(fixture.opens(signed_in.access_token.expose()).await);
        time::sleep(Duration::from_secs(1)).await;
        assert!(seen_at().await < now, "few times are pending");
        let last = Session {
            id: SessionId::new(now),
            ..signed_in.session.clone()
        };
        fixture.guestlist.seen(&last, now);
        time::sleep(Duration::from_secs(1)).await;
        assert_eq!(seen_at().await, now);
        assert_eq!(fixture.guestlist.seen_sessions().of(last.id), None);
    }
}
