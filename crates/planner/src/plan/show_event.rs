//! Somebody opens the address of an event.

use guestlist::StoreError;

use crate::{EventId, Planner, ShownEvent};

impl Planner {
    /// The event of that id, with its creator's address and name. An unlisted one is shown to whoever knows
    /// its id.
    pub async fn show_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        self.store.find_event(id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventFields, Visibility, plan::scene::Scene};

    #[tokio::test]
    async fn whoever_knows_the_id_sees_an_unlisted_event() {
        let scene = Scene::set().await;
        let fields = EventFields {
            visibility: Visibility::Unlisted,
            ..Scene::tea()
        };
        let event = scene
            .planner
            .create_event(scene.ada, fields)
            .await
            .expect("creates");
        let shown = scene.planner.show_event(event.id).await.expect("answers");
        let shown = shown.expect("is shown");
        assert_eq!(shown.event, event);
        assert_eq!(shown.creator.email.as_given(), "Ada@example.com");
    }

    #[tokio::test]
    async fn an_event_that_never_was_is_not_shown() {
        let scene = Scene::set().await;
        let shown = scene.planner.show_event(EventId::new(scene.now())).await;
        assert_eq!(shown.expect("answers"), None);
    }
}
