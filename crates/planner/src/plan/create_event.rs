//! A user creates an event, once, however often the request comes.

use guestlist::{StoreError, UserId, counted};

use crate::{
    Event, EventDraft, EventFields, EventId, EventInsertion, Fingerprint, InvalidEvent, Planner,
    RequestKey, Version, request::RequestSecret,
};

impl Planner {
    /// Checks the draft and creates its event, if the user has fewer events than
    /// [`Planner::events_per_user`] allows.
    pub async fn create_event(
        &self,
        actor: UserId,
        draft: &EventDraft,
    ) -> Result<Event, CreateEventError> {
        let fields = draft.read(&self.time_zone)?;
        let id = EventId::new(self.clock.now());
        let new = self.new_event(actor, id, fields);
        self.keep(new).await
    }

    /// Creates an event for a request that may come again. With the same key and the same fields it
    /// creates one event, and every answer is that event as it is by then. The store's insertion
    /// decides, so this holds for requests that come at once, and on several nodes.
    ///
    /// Nothing is stored of a deleted event, so the same request creates it again, with the same
    /// id. Its versions start at the current time in milliseconds. So a client that remembers a
    /// version of the deleted event does not change or delete the new one by it.
    ///
    /// # Errors
    ///
    /// As [`create_event`](Self::create_event), and [`CreateEventError::KeyUsed`] if the key was
    /// used with other fields before.
    pub async fn create_event_once(
        &self,
        actor: UserId,
        key: &RequestKey,
        draft: &EventDraft,
    ) -> Result<Event, CreateEventError> {
        let fields = draft.read(&self.time_zone)?;
        let names = |secret: &RequestSecret| {
            let id = secret.event_id(actor, key);
            (id, secret.fingerprint(&fields))
        };
        let mut newest_first = self.request_secrets.iter().map(names);
        let (id, fingerprint) = newest_first.next().ok_or_else(no_secret)?;
        for (id, fingerprint) in newest_first {
            if let Some(event) = self.made_before(actor, id, Some(fingerprint)).await? {
                return Ok(event);
            }
        }
        let new = self.new_event(actor, id, fields);
        let event = Event {
            version: Version(new.created_at.as_millis()),
            fingerprint: Some(fingerprint),
            ..new
        };
        self.keep(event).await
    }

    fn new_event(&self, creator: UserId, id: EventId, fields: EventFields) -> Event {
        let now = self.clock.now();
        Event {
            id,
            creator,
            fields,
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
            fingerprint: None,
        }
    }

    async fn keep(&self, event: Event) -> Result<Event, CreateEventError> {
        let quota = self.events_per_user;
        let refused = match self.store.insert_event(&event, quota).await? {
            EventInsertion::Inserted => return Ok(event),
            // The user's existing event may be the one of this request, so it is looked up below.
            EventInsertion::QuotaReached => CreateEventError::TooMany(quota),
            EventInsertion::Taken => StoreError::failed("an event has that id").into(),
        };
        let before = self.made_before(event.creator, event.id, event.fingerprint);
        before.await?.ok_or(refused)
    }

    /// Returns the event of that id, if the same request created it.
    async fn made_before(
        &self,
        actor: UserId,
        id: EventId,
        fingerprint: Option<Fingerprint>,
    ) -> Result<Option<Event>, CreateEventError> {
        match self.store.find_event(id).await?.map(|shown| shown.event) {
            None => Ok(None),
            Some(event) if (event.creator, event.fingerprint) == (actor, fingerprint) => {
                Ok(Some(event))
            }
            Some(_) => Err(CreateEventError::KeyUsed(id)),
        }
    }
}

fn no_secret() -> StoreError {
    StoreError::failed("no secret for request keys is set")
}

/// Why no event was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateEventError {
    /// The draft breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidEvent),
    /// The user has as many events as one account may have.
    #[error("you have {}, the most that one account may have; delete one first", counted(*.0, "event"))]
    TooMany(u32),
    /// The user has sent the key of the request before, with other fields. The event that was
    /// created then.
    #[error(
        "this key has already created an event with other fields; use a new key for another event"
    )]
    KeyUsed(EventId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::EventChanges;
    use crate::plan::fixture::Fixture;

    #[tokio::test]
    async fn a_new_event_has_its_creator_and_the_current_time() {
        let fixture = Fixture::new().await;
        let event = fixture
            .planner
            .create_event(fixture.ada, &Fixture::tea())
            .await
            .expect("creates");
        assert_eq!(event.creator, fixture.ada);
        assert_eq!(
            (event.created_at, event.updated_at),
            (fixture.now(), fixture.now())
        );
        assert_eq!(event.version, Version(1));
        assert_eq!(event.fields, Fixture::tea_fields());
        let shown = fixture.planner.show_event(event.id).await.expect("answers");
        assert_eq!(shown.map(|shown| shown.event), Some(event));
    }

    #[tokio::test]
    async fn the_quota_limits_the_events_of_each_user() {
        let mut fixture = Fixture::new().await;
        fixture.planner = fixture.planner.events_per_user(2);
        let first = fixture.create("first").await;
        fixture.create("second").await;
        let create = async |actor| fixture.planner.create_event(actor, &Fixture::tea()).await;
        assert!(matches!(
            create(fixture.ada).await,
            Err(CreateEventError::TooMany(2))
        ));
        assert!(create(fixture.bob).await.is_ok());
        let deleted = fixture
            .planner
            .delete_event(fixture.ada, first.id, None)
            .await;
        deleted.expect("deletes");
        assert!(create(fixture.ada).await.is_ok());
    }

    #[tokio::test]
    async fn an_invalid_event_is_not_stored() {
        let fixture = Fixture::new().await;
        let nameless = EventDraft {
            title: String::new(),
            ..Fixture::tea()
        };
        let refused = fixture.planner.create_event(fixture.ada, &nameless).await;
        assert!(matches!(refused, Err(CreateEventError::Invalid(_))));
        assert_eq!(fixture.listed().await, []);
    }

    #[tokio::test]
    async fn texts_are_stored_unchanged_and_empty_ones_are_removed() {
        let fixture = Fixture::new().await;
        let given = EventDraft {
            title: " Zoe\u{301}'s \"tea\" ".to_owned(),
            location: Some(String::new()),
            ..Fixture::tea()
        };
        let event = fixture
            .planner
            .create_event(fixture.ada, &given)
            .await
            .expect("creates");
        assert_eq!(
            event.fields,
            EventFields {
                title: given.title,
                location: None,
                ..Fixture::tea_fields()
            }
        );
    }

    fn key(text: &str) -> RequestKey {
        text.parse().expect("is a key")
    }

    fn named(title: &str) -> EventDraft {
        EventDraft {
            title: title.to_owned(),
            ..Fixture::tea()
        }
    }

    #[tokio::test]
    async fn a_repeated_request_creates_one_event() {
        let fixture = Fixture::new().await;
        let create = async |actor, text: &str| {
            let (planner, key) = (&fixture.planner, key(text));
            let tea = Fixture::tea();
            let made = planner.create_event_once(actor, &key, &tea);
            made.await.expect("creates")
        };
        let first = create(fixture.ada, "one").await;
        fixture.clock.advance(Duration::from_secs(60));
        assert_eq!(create(fixture.ada, "one").await, first);
        for other in [
            create(fixture.ada, "two").await,
            create(fixture.bob, "one").await,
        ] {
            assert_ne!(other.id, first.id);
        }
        assert_eq!(fixture.listed().await.len(), 3);
    }

    #[tokio::test]
    async fn a_repeated_request_returns_the_current_event() {
        let fixture = Fixture::new().await;
        let again = async || {
            let (planner, key) = (&fixture.planner, key("one"));
            let tea = Fixture::tea();
            let made = planner.create_event_once(fixture.ada, &key, &tea);
            made.await.expect("answers")
        };
        let first = again().await;
        let changes = EventChanges {
            title: Some("Coffee".to_owned()),
            ..EventChanges::default()
        };
        let changed = fixture
            .planner
            .change_event(fixture.ada, first.id, None, &changes);
        changed.await.expect("changes");
        let now = again().await;
        assert_eq!((now.id, &*now.fields.title), (first.id, "Coffee"));
        let deleted = fixture
            .planner
            .delete_event(fixture.ada, first.id, None)
            .await;
        deleted.expect("deletes");
        assert_eq!(
            again().await.fields,
            Fixture::tea_fields(),
            "a deleted event is created again"
        );
    }

    #[tokio::test]
    async fn an_event_that_is_made_anew_has_no_version_of_the_deleted_one() {
        let fixture = Fixture::new().await;
        let (planner, ada) = (&fixture.planner, fixture.ada);
        let create = async || {
            let key = key("one");
            let tea = Fixture::tea();
            let made = planner.create_event_once(ada, &key, &tea);
            made.await.expect("creates")
        };
        let first = create().await;
        let changes = EventChanges {
            title: Some("Coffee".to_owned()),
            ..EventChanges::default()
        };
        let changed = planner.change_event(ada, first.id, None, &changes);
        let old = [first.version, changed.await.expect("changes").event.version];
        let deleted = planner.delete_event(ada, first.id, None).await;
        deleted.expect("deletes");
        fixture.clock.advance(Duration::from_secs(1));
        let anew = create().await;
        assert_eq!(anew.id, first.id);
        for version in old {
            let changed = planner.change_event(ada, anew.id, Some(version), &changes);
            let stale = changed.await;
            assert!(matches!(stale, Err(crate::ChangeEventError::Stale)));
            let deleted = planner.delete_event(ada, anew.id, Some(version)).await;
            assert!(matches!(deleted, Err(crate::DeleteEventError::Stale)));
        }
        assert_eq!(create().await, anew, "it is as it was made");
        assert_eq!(anew.changes(), 0);
        let changed = planner.change_event(ada, anew.id, Some(anew.version), &changes);
        assert_eq!(changed.await.expect("changes").event.changes(), 1);
    }

    #[tokio::test]
    async fn other_fields_by_the_same_key_are_refused_and_the_first_event_is_named() {
        let fixture = Fixture::new().await;
        let create = async |title| {
            let draft = named(title);
            fixture
                .planner
                .create_event_once(fixture.ada, &key("one"), &draft)
                .await
        };
        let first = create("first").await.expect("creates");
        let second = create("second").await;
        assert!(matches!(second, Err(CreateEventError::KeyUsed(id)) if id == first.id));
        assert_eq!(fixture.listed().await.len(), 1);
    }

    #[tokio::test]
    async fn a_repeated_request_succeeds_at_the_quota() {
        let mut fixture = Fixture::new().await;
        fixture.planner = fixture.planner.events_per_user(1);
        let create = async |text: &str, title| {
            let draft = named(title);
            fixture
                .planner
                .create_event_once(fixture.ada, &key(text), &draft)
                .await
        };
        let first = create("one", "Tea").await.expect("creates");
        assert_eq!(create("one", "Tea").await.expect("answers"), first);
        assert!(matches!(
            create("one", "Cake").await,
            Err(CreateEventError::KeyUsed(_))
        ));
        let refused = create("two", "Tea").await.expect_err("has one event");
        assert!(matches!(refused, CreateEventError::TooMany(1)));
        assert!(refused.to_string().starts_with("you have 1 event, "));
    }

    #[tokio::test]
    async fn a_repeated_request_creates_one_event_across_a_change_of_the_secret() {
        let fixture = Fixture::new().await;
        let under = async |current: &[u8], previous: Option<&[u8]>| {
            let planner = fixture.planner.clone().request_secrets(current, previous);
            let key = key("one");
            let tea = Fixture::tea();
            let made = planner.create_event_once(fixture.ada, &key, &tea);
            made.await.expect("creates").id
        };
        let first = under(b"old", None).await;
        assert_eq!(under(b"new", Some(b"old")).await, first);
        assert_ne!(
            under(b"new", None).await,
            first,
            "the id depends on the secret"
        );
    }
}
