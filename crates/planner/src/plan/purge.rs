//! Removes events that no user can see any more.

use guestlist::StoreError;

use crate::Planner;

/// The events removed at once. Small, so that other operations do not wait long.
const BATCH: u32 = 500;

impl Planner {
    /// Removes events whose creator no longer exists, in small batches, and returns how many. No
    /// user notices, because such events are hidden anyway.
    pub async fn purge(&self) -> Result<u64, StoreError> {
        let mut purged = 0;
        loop {
            let batch = self.store.purge(BATCH).await?;
            purged += batch;
            if batch < u64::from(BATCH) {
                return Ok(purged);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::fixture::Fixture;

    #[tokio::test]
    async fn the_events_of_who_is_gone_go_in_batches() {
        let fixture = Fixture::new().await;
        for n in 0..501 {
            fixture.create(&format!("event {n}")).await;
        }
        let bobs = fixture
            .planner
            .create_event(fixture.bob, &Fixture::tea())
            .await
            .expect("creates");
        assert_eq!(fixture.planner.purge().await.expect("purges"), 0);
        fixture
            .users
            .delete_user(fixture.ada)
            .await
            .expect("deletes");
        assert_eq!(fixture.planner.purge().await.expect("purges"), 501);
        assert_eq!(
            fixture
                .planner
                .delete_events_of(fixture.ada)
                .await
                .expect("answers"),
            0
        );
        let shown = fixture.planner.show_event(bobs.id).await.expect("answers");
        assert_eq!(shown.map(|shown| shown.event), Some(bobs));
    }
}
