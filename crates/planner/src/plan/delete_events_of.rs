//! Deletes all events of a user, before the user is deleted.

use guestlist::{StoreError, UserId};

use crate::Planner;

impl Planner {
    /// Deletes all events of that user; how many there were. Comes before the deletion of the user,
    /// and may be repeated: should one of the two be missed, nobody sees the events, and the
    /// [sweep](Self::purge) takes them.
    pub async fn delete_events_of(&self, user: UserId) -> Result<u64, StoreError> {
        self.store.delete_events_of(user).await
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::scene::Scene;

    #[tokio::test]
    async fn only_that_users_events_are_deleted() {
        let scene = Scene::set().await;
        scene.create("Tea").await;
        let bobs = scene
            .planner
            .create_event(scene.bob, Scene::tea())
            .await
            .expect("creates");
        for gone in [1, 0] {
            assert_eq!(
                scene
                    .planner
                    .delete_events_of(scene.ada)
                    .await
                    .expect("deletes"),
                gone
            );
        }
        let listed = scene.listed().await;
        let listed: Vec<_> = listed.into_iter().map(|shown| shown.event).collect();
        assert_eq!(listed, [bobs]);
    }
}
