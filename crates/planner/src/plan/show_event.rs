//! Shows an event.

use guestlist::StoreError;

use crate::{EventId, Planner, ShownEvent};

impl Planner {
    /// Returns the event with that id, and its creator's address and name. Every visitor who knows
    /// the id may see an unlisted event. The events of a disabled user are hidden until the user is
    /// enabled.
    pub async fn show_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let found = self.store.find_event(id).await?;
        Ok(found.filter(|shown| !shown.creator.is_disabled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ChangeEventError, DeleteEventError, EventChanges, EventDraft, OwnEventError,
        plan::fixture::Fixture,
    };

    #[tokio::test]
    async fn an_unlisted_event_is_shown_by_its_id() {
        let fixture = Fixture::new().await;
        let draft = EventDraft {
            visibility: Some("unlisted".to_owned()),
            ..Fixture::tea()
        };
        let event = fixture
            .planner
            .create_event(fixture.ada, &draft)
            .await
            .expect("creates");
        let shown = fixture.planner.show_event(event.id).await.expect("answers");
        let shown = shown.expect("is shown");
        assert_eq!(shown.event, event);
        assert_eq!(shown.creator.email.as_given(), "Ada@example.com");
    }

    #[tokio::test]
    async fn the_events_of_a_disabled_user_are_not_shown() {
        let fixture = Fixture::new().await;
        let event = fixture.create("Tea").await;
        let disabled = fixture.users.disable_user(fixture.ada, fixture.now()).await;
        assert!(disabled.expect("answers").is_some());
        let shown = fixture.planner.show_event(event.id).await;
        assert_eq!(shown.expect("answers"), None);
        // Errors must not reveal that it exists, not even to its creator's token.
        for actor in [fixture.ada, fixture.bob] {
            let nothing = EventChanges::default();
            let changed = fixture
                .planner
                .change_event(actor, event.id, None, &nothing);
            assert!(matches!(
                changed.await,
                Err(ChangeEventError::Own(OwnEventError::NotFound))
            ));
            let deleted = fixture.planner.delete_event(actor, event.id, None).await;
            assert!(matches!(
                deleted,
                Err(DeleteEventError::Own(OwnEventError::NotFound))
            ));
        }
        fixture
            .users
            .enable_user(fixture.ada)
            .await
            .expect("enables");
        let shown = fixture.planner.show_event(event.id).await;
        assert!(shown.expect("answers").is_some());
    }

    #[tokio::test]
    async fn an_unknown_event_is_not_shown() {
        let fixture = Fixture::new().await;
        let shown = fixture
            .planner
            .show_event(EventId::new(fixture.now()))
            .await;
        assert_eq!(shown.expect("answers"), None);
    }
}
