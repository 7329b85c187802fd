//! Changes an event.

use guestlist::{Pauses, StoreError, UserId};

use super::{
    own_event::OwnEventError,
    tries::{TRIES, overtaken},
};
use crate::{
    Event, EventChanges, EventId, EventUpdate, InvalidEvent, Planner, ShownEvent, Version,
};

impl Planner {
    /// Changes an event of the user `actor` and returns the result. With an expected version it
    /// changes only that version; without one, any version.
    ///
    /// A change without effect writes nothing and keeps the version.
    pub async fn change_event(
        &self,
        actor: UserId,
        id: EventId,
        expected: Option<Version>,
        changes: &EventChanges,
    ) -> Result<ShownEvent, ChangeEventError> {
        let mut pauses = Pauses::default();
        for _ in 0..TRIES {
            let shown = self.own_event(actor, id).await?;
            let ShownEvent { event, creator } = &shown;
            if expected.is_some_and(|expected| expected != event.version) {
                return Err(ChangeEventError::Stale);
            }
            if changes.is_empty() {
                return Ok(shown);
            }
            let fields = changes.apply_to(&event.fields, &self.time_zone)?;
            if fields == event.fields {
                return Ok(shown);
            }
            let changed = Event {
                fields,
                updated_at: self.clock.now(),
                version: event.version.next(),
                ..event.clone()
            };
            match self.store.update_event(&changed, event.version).await? {
                EventUpdate::Updated => {
                    return Ok(ShownEvent {
                        event: changed,
                        creator: creator.clone(),
                    });
                }
                EventUpdate::Gone => return Err(OwnEventError::NotFound.into()),
                EventUpdate::Stale if expected.is_some() => return Err(ChangeEventError::Stale),
                EventUpdate::Stale => pauses.wait().await,
            }
        }
        Err(overtaken().into())
    }
}

/// Why an event was not changed. Errors are checked in this order.
#[derive(Debug, thiserror::Error)]
pub enum ChangeEventError {
    /// The user has no such event.
    #[error(transparent)]
    Own(#[from] OwnEventError),
    /// Another request changed the event first.
    #[error("the event was changed in the meantime")]
    Stale,
    /// The changed fields are invalid.
    #[error(transparent)]
    Invalid(#[from] InvalidEvent),
    /// The store failed. The change may have been stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        EventFields,
        plan::fixture::{AlwaysStale, Fixture},
    };

    fn retitled(title: &str) -> EventChanges {
        EventChanges {
            title: Some(title.to_owned()),
            ..EventChanges::default()
        }
    }

    #[tokio::test]
    async fn a_change_increments_the_version_and_sets_updated_at() {
        let fixture = Fixture::new().await;
        let made = fixture.create("Tea").await;
        fixture.clock.advance(Duration::from_secs(60));
        let changes = retitled("Coffee");
        let expected = Some(made.version);
        let changed = fixture
            .planner
            .change_event(fixture.ada, made.id, expected, &changes);
        let changed = changed.await.expect("changes");
        assert_eq!(changed.event.fields.title, "Coffee");
        assert_eq!(changed.event.version, Version(2));
        assert_eq!(
            (changed.event.created_at, changed.event.updated_at),
            (made.created_at, fixture.now())
        );
        let shown = fixture.planner.show_event(made.id).await.expect("answers");
        assert_eq!(shown, Some(changed));
    }

    #[tokio::test]
    async fn errors_are_checked_in_order() {
        let fixture = Fixture::new().await;
        let made = fixture.create("Tea").await;
        let stale = Some(Version(7));
        let change = |actor, id, expected| {
            let planner = &fixture.planner;
            async move {
                planner
                    .change_event(actor, id, expected, &retitled(""))
                    .await
            }
        };
        let nowhere = EventId::new(fixture.now());
        assert!(matches!(
            change(fixture.bob, nowhere, stale).await,
            Err(ChangeEventError::Own(OwnEventError::NotFound))
        ));
        assert!(matches!(
            change(fixture.bob, made.id, stale).await,
            Err(ChangeEventError::Own(OwnEventError::NotCreator))
        ));
        assert!(matches!(
            change(fixture.ada, made.id, stale).await,
            Err(ChangeEventError::Stale)
        ));
        assert!(matches!(
            change(fixture.ada, made.id, None).await,
            Err(ChangeEventError::Invalid(_))
        ));
        let shown = fixture.planner.show_event(made.id).await.expect("answers");
        assert_eq!(shown.map(|shown| shown.event), Some(made));
    }

    #[tokio::test]
    async fn a_change_without_effect_keeps_the_version() {
        let fixture = Fixture::new().await;
        let made = fixture.create("Tea").await;
        fixture.clock.advance(Duration::from_secs(60));
        for changes in [EventChanges::default(), retitled("Tea")] {
            let changed = fixture
                .planner
                .change_event(fixture.ada, made.id, None, &changes);
            assert_eq!(changed.await.expect("answers").event, made);
        }
        let empty = EventChanges::default();
        let by_another_user = fixture
            .planner
            .change_event(fixture.bob, made.id, None, &empty);
        assert!(matches!(
            by_another_user.await,
            Err(ChangeEventError::Own(OwnEventError::NotCreator))
        ));
        let stale = fixture
            .planner
            .change_event(fixture.ada, made.id, Some(Version(7)), &empty);
        assert!(matches!(stale.await, Err(ChangeEventError::Stale)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn racing_changes_of_different_fields_are_all_kept() {
        let fixture = Fixture::new().await;
        let made = fixture.create("Tea").await;
        let change = |changes: EventChanges| {
            let (planner, ada) = (fixture.planner.clone(), fixture.ada);
            tokio::spawn(async move { planner.change_event(ada, made.id, None, &changes).await })
        };
        let racing = [
            change(retitled("Coffee")),
            change(EventChanges {
                description: Some("Hot".to_owned()),
                ..EventChanges::default()
            }),
            change(EventChanges {
                capacity: Some(Some(9)),
                ..EventChanges::default()
            }),
            change(EventChanges {
                tags: Some(vec!["hot".to_owned()]),
                ..EventChanges::default()
            }),
        ];
        for one in racing {
            one.await.expect("does not panic").expect("changes");
        }
        let shown = fixture
            .planner
            .show_event(made.id)
            .await
            .expect("answers")
            .expect("is there");
        let EventFields {
            title,
            description,
            capacity,
            tags,
            ..
        } = shown.event.fields;
        assert_eq!(
            (title.as_str(), description.as_str(), capacity),
            ("Coffee", "Hot", Some(9))
        );
        assert_eq!(tags, ["hot"]);
        assert_eq!(shown.event.version, Version(5));
    }

    #[tokio::test]
    async fn a_request_that_always_loses_the_race_fails_in_the_end() {
        let fixture = Fixture::new().await;
        let made = fixture.create("Tea").await;
        for (expected, tries) in [(None, TRIES), (Some(made.version), 1)] {
            let store = AlwaysStale::over(&fixture);
            let changed = store
                .planner()
                .change_event(fixture.ada, made.id, expected, &retitled("x"))
                .await;
            let is_right = match expected {
                Some(_) => matches!(changed, Err(ChangeEventError::Stale)),
                None => matches!(changed, Err(ChangeEventError::Store(_))),
            };
            assert!(is_right, "{changed:?}");
            assert_eq!(store.tries(), tries);
        }
    }
}
