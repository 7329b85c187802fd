//! What has expired leaves the store, a little at a time.

use crate::{Guestlist, StoreError};

/// So many rows at once, so that nobody waits long behind them.
const BATCH: u32 = 500;

impl Guestlist {
    /// Removes expired sessions from the store, in small batches; how many went. It changes
    /// nothing for anybody: what has expired opens nothing, swept or not.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let before = self.now();
        let mut swept = 0;
        loop {
            let batch = self.store().sweep(before, BATCH).await?;
            swept += batch;
            if batch < u64::from(BATCH) {
                return Ok(swept);
            }
        }
    }
}
