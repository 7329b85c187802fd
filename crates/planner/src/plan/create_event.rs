//! Somebody plans something.

use guestlist::{StoreError, UserId};

use crate::{Event, EventFields, EventId, EventInsertion, InvalidEvent, Planner, Version};

impl Planner {
    /// Makes an event of that user, who has fewer than [`Planner::events_per_user`] allows.
    pub async fn create_event(
        &self,
        actor: UserId,
        fields: EventFields,
    ) -> Result<Event, CreateEventError> {
        let fields = fields.checked()?;
        let now = self.clock.now();
        let event = Event {
            id: EventId::new(now),
            creator: actor,
            fields,
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
        };
        let quota = self.events_per_user;
        match self.store.insert_event(&event, quota).await? {
            EventInsertion::Inserted => Ok(event),
            EventInsertion::QuotaReached => Err(CreateEventError::TooMany(quota)),
        }
    }
}

/// Why there is no event.
#[derive(Debug, thiserror::Error)]
pub enum CreateEventError {
    /// No event may say this.
    #[error(transparent)]
    Invalid(#[from] InvalidEvent),
    /// The user has as many events as one may have.
    #[error("you have {0} events, the most that one account may have; delete one first")]
    TooMany(u32),
    /// It was not kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::scene::Scene;

    #[tokio::test]
    async fn a_new_event_is_its_creators_and_dated_now() {
        let scene = Scene::set().await;
        let event = scene
            .planner
            .create_event(scene.ada, Scene::tea())
            .await
            .expect("creates");
        assert_eq!(event.creator, scene.ada);
        assert_eq!(
            (event.created_at, event.updated_at),
            (scene.now(), scene.now())
        );
        assert_eq!(event.version, Version(1));
        assert_eq!(event.fields, Scene::tea());
        let shown = scene.planner.show_event(event.id).await.expect("answers");
        assert_eq!(shown.map(|shown| shown.event), Some(event));
    }

    #[tokio::test]
    async fn a_user_has_no_more_events_than_the_quota_and_others_may_make_more() {
        let mut scene = Scene::set().await;
        scene.planner = scene.planner.events_per_user(2);
        let first = scene.create("first").await;
        scene.create("second").await;
        let create = async |actor| scene.planner.create_event(actor, Scene::tea()).await;
        assert!(matches!(
            create(scene.ada).await,
            Err(CreateEventError::TooMany(2))
        ));
        assert!(create(scene.bob).await.is_ok());
        let deleted = scene.planner.delete_event(scene.ada, first.id, None).await;
        deleted.expect("deletes");
        assert!(create(scene.ada).await.is_ok());
    }

    #[tokio::test]
    async fn an_invalid_event_is_not_kept() {
        let scene = Scene::set().await;
        let nameless = EventFields {
            title: String::new(),
            ..Scene::tea()
        };
        let refused = scene.planner.create_event(scene.ada, nameless).await;
        assert!(matches!(refused, Err(CreateEventError::Invalid(_))));
        assert_eq!(scene.listed().await, []);
    }

    #[tokio::test]
    async fn texts_are_kept_byte_by_byte_and_empty_ones_are_none() {
        let scene = Scene::set().await;
        let given = EventFields {
            title: " Zoe\u{301}'s \"tea\" ".to_owned(),
            location: Some(String::new()),
            ..Scene::tea()
        };
        let event = scene
            .planner
            .create_event(scene.ada, given.clone())
            .await
            .expect("creates");
        assert_eq!(
            event.fields,
            EventFields {
                location: None,
                ..given
            }
        );
    }
}
