//! Deletes an event.

use guestlist::{Pauses, StoreError, UserId};

use super::{
    own_event::OwnEventError,
    tries::{TRIES, overtaken},
};
use crate::{EventDeletion, EventId, Planner, Version};

impl Planner {
    /// Deletes an event of the user `actor`. With an expected version it deletes only that version;
    /// without one, any version.
    pub async fn delete_event(
        &self,
        actor: UserId,
        id: EventId,
        expected: Option<Version>,
    ) -> Result<(), DeleteEventError> {
        let mut pauses = Pauses::default();
        for _ in 0..TRIES {
            let event = self.own_event(actor, id).await?.event;
            if expected.is_some_and(|expected| expected != event.version) {
                return Err(DeleteEventError::Stale);
            }
            match self.store.delete_event(id, event.version).await? {
                EventDeletion::Deleted => return Ok(()),
                EventDeletion::Gone => return Err(OwnEventError::NotFound.into()),
                EventDeletion::Stale if expected.is_some() => return Err(DeleteEventError::Stale),
                EventDeletion::Stale => pauses.wait().await,
            }
        }
        Err(overtaken().into())
    }
}

/// Why an event was not deleted. Errors are checked in this order.
#[derive(Debug, thiserror::Error)]
pub enum DeleteEventError {
    /// The user has no such event.
    #[error(transparent)]
    Own(#[from] OwnEventError),
    /// Another request changed the event first.
    #[error("the event was changed in the meantime")]
    Stale,
    /// The store failed. The event may still exist.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fixture::{AlwaysStale, Fixture};

    #[tokio::test]
    async fn a_deleted_event_is_gone() {
        let fixture = Fixture::new().await;
        for expected in [None, Some(Version(1))] {
            let made = fixture.create("Tea").await;
            let delete = || fixture.planner.delete_event(fixture.ada, made.id, expected);
            delete().await.expect("deletes");
            assert_eq!(
                fixture.planner.show_event(made.id).await.expect("answers"),
                None
            );
            assert!(matches!(
                delete().await,
                Err(DeleteEventError::Own(OwnEventError::NotFound))
            ));
        }
    }

    #[tokio::test]
    async fn errors_are_checked_in_order() {
        let fixture = Fixture::new().await;
        let made = fixture.create("Tea").await;
        let stale = Some(Version(7));
        let delete = |actor, id| fixture.planner.delete_event(actor, id, stale);
        let nowhere = EventId::new(fixture.now());
        assert!(matches!(
            delete(fixture.bob, nowhere).await,
            Err(DeleteEventError::Own(OwnEventError::NotFound))
        ));
        assert!(matches!(
            delete(fixture.bob, made.id).await,
            Err(DeleteEventError::Own(OwnEventError::NotCreator))
        ));
        assert!(matches!(
            delete(fixture.ada, made.id).await,
            Err(DeleteEventError::Stale)
        ));
        let shown = fixture.planner.show_event(made.id).await.expect("answers");
        assert_eq!(shown.map(|shown| shown.event), Some(made));
    }

    #[tokio::test]
    async fn a_request_that_always_loses_the_race_fails_in_the_end() {
        let fixture = Fixture::new().await;
        let made = fixture.create("Tea").await;
        for (expected, tries) in [(None, TRIES), (Some(made.version), 1)] {
            let store = AlwaysStale::over(&fixture);
            let deleted = store
                .planner()
                .delete_event(fixture.ada, made.id, expected)
                .await;
            let is_right = match expected {
                Some(_) => matches!(deleted, Err(DeleteEventError::Stale)),
                None => matches!(deleted, Err(DeleteEventError::Store(_))),
            };
            assert!(is_right, "{deleted:?}");
            assert_eq!(store.tries(), tries);
        }
    }
}
