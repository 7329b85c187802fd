//! What an administrator does with the events of all users: list, unlist, delete. It judges no
//! actor: the caller does.

use guestlist::{Pauses, StoreError};

use super::tries::{TRIES, overtaken};
use crate::{
    Event, EventDeletion, EventFilter, EventId, EventUpdate, InvalidFilter, ListLimit, Planner,
    ShownEvent, Visibility,
};

/// A page of all events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AllEvents {
    /// The events, the newest first.
    pub items: Vec<ShownEvent>,
    /// After which event the next page starts, if there is one.
    pub next: Option<EventId>,
}

impl Planner {
    /// Returns up to `limit` events of all users, also unlisted ones and those of disabled users,
    /// the newest first. The list begins after the id `after`. With words, it has only events with
    /// these words in title, description or location, ignoring case.
    ///
    /// # Errors
    ///
    /// If the words are too long, or the store fails.
    pub async fn list_all_events(
        &self,
        words: &str,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<AllEvents, ListAllEventsError> {
        let filter = EventFilter::of_search(words, &[])?;
        if filter.matches_nothing() {
            return Ok(AllEvents::default());
        }
        // Ask for one more event, to know whether there is a next page.
        let more = ListLimit {
            events: limit.saturating_add(1),
            bytes: self.list_bytes,
        };
        let list = self.store.list_all_events(filter.q(), after, more).await?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut items = list.events;
        let has_more = list.is_cut || items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|last| last.event.id);
        Ok(AllEvents { items, next })
    }

    /// Returns the event with that id, also one of a disabled user.
    pub async fn find_any_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        self.store.find_event(id).await
    }

    /// Takes the event of any user out of all lists. Returns the event, or `None` if it
    /// does not exist. An event that is unlisted already keeps its version.
    pub async fn unlist_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let mut pauses = Pauses::default();
        for _ in 0..TRIES {
            let Some(shown) = self.store.find_event(id).await? else {
                return Ok(None);
            };
            let ShownEvent { event, creator } = shown;
            if event.fields.visibility == Visibility::Unlisted {
                return Ok(Some(ShownEvent { event, creator }));
            }
            let mut changed = Event {
                updated_at: self.clock.now(),
                version: event.version.next(),
                ..event.clone()
            };
            changed.fields.visibility = Visibility::Unlisted;
            match self.store.update_event(&changed, event.version).await? {
                EventUpdate::Updated => {
                    return Ok(Some(ShownEvent {
                        event: changed,
                        creator,
                    }));
                }
                EventUpdate::Gone => return Ok(None),
                EventUpdate::Stale => pauses.wait().await,
            }
        }
        Err(overtaken())
    }

    /// Deletes the event of any user. Returns the deleted event, or `None` if it does not
    /// exist.
    pub async fn remove_event(&self, id: EventId) -> Result<Option<ShownEvent>, StoreError> {
        let mut pauses = Pauses::default();
        for _ in 0..TRIES {
            let Some(shown) = self.store.find_event(id).await? else {
                return Ok(None);
            };
            match self.store.delete_event(id, shown.event.version).await? {
                EventDeletion::Deleted => return Ok(Some(shown)),
                EventDeletion::Gone => return Ok(None),
                EventDeletion::Stale => pauses.wait().await,
            }
        }
        Err(overtaken())
    }
}

/// Why the events are not listed.
#[derive(Debug, thiserror::Error)]
pub enum ListAllEventsError {
    /// The search breaks a limit.
    #[error("the search breaks a limit")]
    Filter(#[from] InvalidFilter),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventDraft, plan::fixture::Fixture};

    async fn titles(fixture: &Fixture, words: &str) -> Vec<String> {
        let page = fixture.planner.list_all_events(words, None, 10).await;
        let items = page.expect("lists").items.into_iter();
        items.map(|shown| shown.event.fields.title).collect()
    }

    #[tokio::test]
    async fn unlisted_events_and_those_of_disabled_users_are_listed_newest_first() {
        let fixture = Fixture::new().await;
        let tea = fixture.create("Tea").await;
        fixture.clock.advance(std::time::Duration::from_secs(1));
        let hidden = EventDraft {
            title: "Hidden".to_owned(),
            visibility: Some("unlisted".to_owned()),
            ..Fixture::tea()
        };
        let made = fixture.planner.create_event(fixture.bob, &hidden).await;
        made.expect("creates");
        let disabled = fixture.users.disable_user(fixture.ada, fixture.now()).await;
        assert!(disabled.expect("answers").is_some());
        assert_eq!(titles(&fixture, "").await, ["Hidden", "Tea"]);
        assert_eq!(titles(&fixture, "TEA").await, ["Tea"]);
        assert!(titles(&fixture, "%").await.is_empty());
        let first = fixture.planner.list_all_events("", None, 1).await;
        let first = first.expect("lists");
        let second = fixture.planner.list_all_events("", first.next, 1).await;
        let second = second.expect("lists");
        assert_eq!((second.items[0].event.id, second.next), (tea.id, None));
        let long = "x".repeat(101);
        let refused = fixture.planner.list_all_events(&long, None, 1).await;
        assert!(matches!(refused, Err(ListAllEventsError::Filter(_))));
    }

    #[tokio::test]
    async fn an_event_is_unlisted_once_and_removed() {
        let fixture = Fixture::new().await;
        let tea = fixture.create("Tea").await;
        let unlist = || fixture.planner.unlist_event(tea.id);
        let unlisted = unlist().await.expect("answers").expect("is there").event;
        assert_eq!(unlisted.fields.visibility, Visibility::Unlisted);
        assert_eq!(unlisted.version, tea.version.next());
        let again = unlist().await.expect("answers").expect("is there").event;
        assert_eq!(again, unlisted);
        let remove = || fixture.planner.remove_event(tea.id);
        let removed = remove().await.expect("answers").expect("is there").event;
        assert_eq!(removed, unlisted);
        assert_eq!(remove().await.expect("answers"), None);
        assert_eq!(unlist().await.expect("answers"), None);
    }
}
