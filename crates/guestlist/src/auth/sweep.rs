//! What has expired leaves the store, a little at a time, and what was used is noted there.

use crate::{Census, Guestlist, Session, StoreError, Timestamp, Token};

/// So many rows at once, so that nobody waits long behind them.
const BATCH: u32 = 500;

impl Guestlist {
    /// Tells the store which sessions and tokens were used, and removes expired ones in small batches;
    /// how many went. The removal changes nothing for anybody: what has expired opens nothing, swept or
    /// not. To be called from time to time, and before the process ends.
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
    pub(super) async fn seen(&self, session: &Session, now: Timestamp) {
        let last = Some(session.last_seen_at);
        if self.seen_sessions().note(session.id, last, now) {
            self.write_early().await;
        }
    }

    /// That token is used now.
    pub(super) async fn used(&self, token: &Token, now: Timestamp) {
        let last = token.last_used_at.max(self.used_tokens().of(token.id));
        if self.used_tokens().note(token.id, last, now) {
            self.write_early().await;
        }
    }

    /// What is lost is noted again when it is used again.
    async fn write_early(&self) {
        if let Err(error) = self.write_last_seen().await {
            tracing::warn!(%error, "cannot note what was used");
        }
    }

    async fn write_last_seen(&self) -> Result<(), StoreError> {
        let (sessions, tokens) = (self.seen_sessions().take(), self.used_tokens().take());
        if !sessions.is_empty() {
            self.store().touch_sessions(&sessions).await?;
        }
        if !tokens.is_empty() {
            self.store().touch_tokens(&tokens).await?;
        }
        Ok(())
    }
}
