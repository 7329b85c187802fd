//! What nobody can see any more leaves the store, a little at a time.

use guestlist::StoreError;

use crate::Planner;

/// So many events at once, so that nobody waits long behind them.
const BATCH: u32 = 500;

impl Planner {
    /// Removes events whose creator is gone, in small batches; how many went. It changes nothing
    /// for anybody: such an event is shown to nobody, swept or not.
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
    use crate::plan::scene::Scene;

    #[tokio::test]
    async fn the_events_of_who_is_gone_go_in_batches() {
        let scene = Scene::set().await;
        for n in 0..501 {
            scene.create(&format!("event {n}")).await;
        }
        let bobs = scene
            .planner
            .create_event(scene.bob, Scene::tea())
            .await
            .expect("creates");
        assert_eq!(scene.planner.purge().await.expect("purges"), 0);
        scene.door.delete_user(scene.ada).await.expect("deletes");
        assert_eq!(scene.planner.purge().await.expect("purges"), 501);
        assert_eq!(
            scene
                .planner
                .delete_events_of(scene.ada)
                .await
                .expect("answers"),
            0
        );
        let shown = scene.planner.show_event(bobs.id).await.expect("answers");
        assert_eq!(shown.map(|shown| shown.event), Some(bobs));
    }
}
