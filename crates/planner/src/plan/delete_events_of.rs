//! Deletes all events of a user, before the user is deleted.

use guestlist::{StoreError, UserId};

use crate::Planner;

impl Planner {
    /// Deletes all events of the user and returns how many. Call it before deleting the user; it
    /// may be repeated. If it fails and the user is deleted anyway, the events are hidden, and
    /// [`purge`](Self::purge) removes them.
    pub async fn delete_events_of(&self, user: UserId) -> Result<u64, StoreError> {
        self.store.delete_events_of(user).await
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::fixture::Fixture;

    #[tokio::test]
    async fn only_that_users_events_are_deleted() {
        let fixture = Fixture::new().await;
        fixture.create("Tea").await;
        let bobs = fixture
            .planner
            .create_event(fixture.bob, &Fixture::tea())
            .await
            .expect("creates");
        for gone in [1, 0] {
            assert_eq!(
                fixture
                    .planner
                    .delete_events_of(fixture.ada)
                    .await
                    .expect("deletes"),
                gone
            );
        }
        let listed = fixture.listed().await;
        let listed: Vec<_> = listed.into_iter().map(|shown| shown.event).collect();
        assert_eq!(listed, [bobs]);
    }
}
