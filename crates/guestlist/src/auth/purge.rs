//! What has expired leaves the store, a little at a time, and what was used is noted there.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::{self, Instant};

use crate::{Census, Guestlist, Session, StoreError, Timestamp, Token, last_seen::FULL};

/// So many rows at once, so that nobody waits long behind them.
const BATCH: u32 = 500;
/// The same of rows that are changed.
const AT_ONCE: usize = 500;
/// The same where requests ask the store meanwhile: these take about as long as ten of theirs.
const BESIDE_REQUESTS: usize = 32;
/// For so many times as long as writing them took, the store is left to requests alone.
const REST: u32 = 4;
/// A store that took nothing is not asked to anew for so long.
const AFTER_A_FAILURE: Duration = Duration::from_secs(1);

impl Guestlist {
    /// Tells the store which sessions and tokens were used, and removes expired ones in small batches;
    /// how many went. The removal changes nothing for anybody: what has expired opens nothing, swept or
    /// not. To be called before the process ends; [`upkeep`](Self::upkeep) calls it from time to time.
    pub async fn purge(&self) -> Result<u64, StoreError> {
        for _ in 0..FULL.div_ceil(AT_ONCE) {
            self.write_last_seen(AT_ONCE).await?;
        }
        let before = self.now();
        let mut purged = 0;
        loop {
            let batch = self.store().purge(before, BATCH).await?;
            purged += batch;
            if batch < u64::from(BATCH) {
                return Ok(purged);
            }
            // A store that never waits would let nobody else on this thread.
            tokio::task::yield_now().await;
        }
    }

    /// How many records there are, and how many of them the next [`purge`](Self::purge) removes.
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

    /// Tells the store all that waits, without anybody waiting for it, and once at a time. What is lost is
    /// noted again when it is used again.
    fn write_soon(&self) {
        if self.is_writing().swap(true, Ordering::AcqRel) {
            return;
        }
        let guestlist = self.clone();
        tokio::spawn(async move {
            if let Err(error) = guestlist.write_beside_requests().await {
                tracing::warn!(%error, "cannot note what was used");
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

    /// Tells the store so much of each kind at most; how much there was.
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
    use crate::{SessionId, Wanted, auth::scene::Scene};

    #[tokio::test]
    async fn when_many_uses_wait_the_store_is_told_all_of_them_and_nobody_sweeps() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        let seen_at = async || {
            let session = scene.session(signed_in.session.id).await;
            session.expect("is there").last_seen_at
        };
        // From here on nothing but the sleeps takes time.
        time::pause();
        scene.advance(60);
        let now = scene.now();
        for _ in 2..FULL {
            let other = SessionId::new(now);
            scene.guestlist.seen_sessions().note(other, None, now);
        }
        assert!(scene.opens(signed_in.access_token.expose()).await);
        time::sleep(Duration::from_secs(1)).await;
        assert!(seen_at().await < now, "as long as few wait");
        let last = Session {
            id: SessionId::new(now),
            ..signed_in.session.clone()
        };
        scene.guestlist.seen(&last, now);
        time::sleep(Duration::from_secs(1)).await;
        assert_eq!(seen_at().await, now);
        assert_eq!(scene.guestlist.seen_sessions().of(last.id), None);
    }
}
