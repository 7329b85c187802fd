//! Finds an event that the user may change.

use guestlist::{StoreError, UserId};

use crate::{EventId, Planner, ShownEvent};

impl Planner {
    /// Returns the event with that id, if the user `actor` may change and delete it. The events of
    /// a disabled user are hidden, as in [`show_event`](Self::show_event).
    pub async fn own_event(&self, actor: UserId, id: EventId) -> Result<ShownEvent, OwnEventError> {
        let shown = self.show_event(id).await?;
        let shown = shown.ok_or(OwnEventError::NotFound)?;
        if shown.event.may_be_changed_by(actor) {
            Ok(shown)
        } else {
            Err(OwnEventError::NotCreator)
        }
    }
}

/// Why the user has no such event. Errors are checked in this order.
#[derive(Debug, thiserror::Error)]
pub enum OwnEventError {
    /// The event does not exist.
    #[error("there is no such event")]
    NotFound,
    /// Another user created the event.
    #[error("only the creator may change or delete an event")]
    NotCreator,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::fixture::Fixture;

    #[tokio::test]
    async fn only_the_creator_may_change_an_event() {
        let fixture = Fixture::new().await;
        let made = fixture.create("Tea").await;
        let own = |actor, id| fixture.planner.own_event(actor, id);
        let found = own(fixture.ada, made.id).await.expect("is hers");
        assert_eq!(found.event, made);
        let refused = own(fixture.bob, made.id).await;
        assert!(matches!(refused, Err(OwnEventError::NotCreator)));
        let nowhere = own(fixture.bob, EventId::new(fixture.now())).await;
        assert!(matches!(nowhere, Err(OwnEventError::NotFound)));
        let disabled = fixture.users.disable_user(fixture.ada, fixture.now()).await;
        assert!(disabled.expect("answers").is_some());
        let hidden = own(fixture.ada, made.id).await;
        assert!(matches!(hidden, Err(OwnEventError::NotFound)));
    }
}
