//! Removes events that no user can see any more.

use guestlist::StoreError;

use crate::Planner;

/// The events removed at once. Small, so that other operations do not wait long.
const BATCH: u32 = 500;

impl Planner {
    /// Removes events whose creator no longer exists, in small batches, and returns how many. No
    /// user notices, because such events are hidden anyway.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let batch = self.store.sweep(BATCH).await?;
            swept += batch;
            if batch < u64::from(BATCH) {
                return Ok(swept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::scene::Scene;

    #[tokio::test]
    async fn the_events_of_a_deleted_user_are_removed_in_batches() {
        let scene = Scene::set().await;
        for n in 0..501 {
            scene.create(&format!("event {n}")).await;
        }
        let bobs = scene
            .planner
            .create_event(scene.bob, Scene::tea())
            .await
            .expect("creates");
        assert_eq!(scene.planner.sweep().await.expect("sweeps"), 0);
        scene.door.delete_user(scene.ada).await.expect("deletes");
        assert_eq!(scene.planner.sweep().await.expect("sweeps"), 501);
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
