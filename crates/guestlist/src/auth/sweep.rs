//! What has expired leaves the store, a little at a time, and what was used is noted there.

use std::sync::atomic::Ordering;

use crate::{Census, Guestlist, Session, StoreError, Timestamp, Token};

/// So many rows at once, so that nobody waits long behind them.
const BATCH: u32 = 500;
/// The same of rows that are changed.
const AT_ONCE: usize = 500;

impl Guestlist {
    /// Tells the store which sessions and tokens were used, and removes expired ones in small batches;
    /// how many went. The removal changes nothing for anybody: what has expired opens nothing, swept or
    /// not. To be called before the process ends; [`upkeep`](Self::upkeep) calls it from time to time.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        self.write_last_seen().await?;
        let before = self.now();
        let mut swept = 0;
        loop {
            let batch = self.store().sweep(before, BATCH).await?;
            swept += batch;
            if batch < u64::from(BATCH) {
                return Ok(swept);
            }
            // A store that never waits would let nobody else on this thread.
            tokio::task::yield_now().await;
        }
    }

    /// How many records there are, and how many of them the next [`sweep`](Self::sweep) removes.
    pub async fn census(&self) -> Result<Census, StoreError> {
        self.store().census(self.now()).await
    }

    /// That session is used now.
    pub(super) fn seen(&self, session: &Session, now: Timestamp) {
        let last = Some(session.last_seen_at);
        if self.seen_sessions().note(session.id, last, now) {
            self.write_soon();
        }
    }

    /// That token is used now.
    pub(super) fn used(&self, token: &Token, now: Timestamp) {
        let last = token.last_used_at.max(self.used_tokens().of(token.id));
        if self.used_tokens().note(token.id, last, now) {
            self.write_soon();
        }
    }

    /// Tells the store without anybody waiting for it, and once at a time. What is lost is noted again
    /// when it is used again.
    fn write_soon(&self) {
        if self.is_writing().swap(true, Ordering::AcqRel) {
            return;
        }
        let guestlist = self.clone();
        tokio::spawn(async move {
            if let Err(error) = guestlist.write_last_seen().await {
                tracing::warn!(%error, "cannot note what was used");
            }
            guestlist.is_writing().store(false, Ordering::Release);
        });
    }

    async fn write_last_seen(&self) -> Result<(), StoreError> {
        let (sessions, tokens) = (self.seen_sessions().take(), self.used_tokens().take());
        for sessions in sessions.chunks(AT_ONCE) {
            self.store().touch_sessions(sessions).await?;
        }
        for tokens in tokens.chunks(AT_ONCE) {
            self.store().touch_tokens(tokens).await?;
        }
        Ok(())
    }
}
