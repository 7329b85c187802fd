//! An administrator removed an event of a user, and the user is told why.

use crate::{
    EventRemoval, Guestlist, Message, MessageData, MessageFilter, MessageKind, RemovedEvent,
    SecurityEventKind, StoreError, Timestamp, UserId, detail,
};

impl Guestlist {
    /// Queues a mail that tells the user which event an administrator removed, and why. Call it
    /// before the removal: if the process ends in between, the user is still told. Nothing happens
    /// if the user does not exist.
    pub async fn tell_event_removed(
        &self,
        user: UserId,
        removed: &RemovedEvent,
    ) -> Result<(), StoreError> {
        let Some(found) = self.store().find_user(user).await? else {
            return Ok(());
        };
        let data = MessageData::new()
            .with(EventRemoval::TITLE, &*removed.title)
            .with(EventRemoval::REMOVAL, removed.removal.as_str())
            .with(EventRemoval::REASON, &*removed.reason);
        let kind = MessageKind::EventRemoved;
        let message = Message::new(kind, Some(user), found.email, data, self.now());
        self.store().insert_message(&message).await.map(drop)
    }

    /// Writes to the logs that an administrator removed an event of the user.
    pub async fn record_event_removed(&self, user: UserId, removed: &RemovedEvent) {
        let kind = match removed.removal {
            EventRemoval::Unlisted => SecurityEventKind::EventUnlisted,
            EventRemoval::Deleted => SecurityEventKind::EventDeleted,
        };
        let event = self
            .event(user, kind)
            .with(detail::TITLE, &removed.title)
            .with(detail::REASON, &removed.reason);
        self.record_event(event).await;
    }

    /// Returns up to `limit` events of the user that administrators removed, newest first. An entry
    /// is there as long as its mail is kept: for 30 days.
    pub async fn list_removed_events(
        &self,
        user: UserId,
        limit: u32,
    ) -> Result<Vec<(Timestamp, RemovedEvent)>, StoreError> {
        let filter = MessageFilter {
            kind: Some(MessageKind::EventRemoved),
            user: Some(user),
            ..MessageFilter::default()
        };
        let messages = self.store().list_messages(filter, None, limit).await?;
        let removed = |message: &Message| {
            let removed = RemovedEvent::of_data(&message.data)?;
            Some((message.created_at, removed))
        };
        Ok(messages.iter().filter_map(removed).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, auth::fixture::Fixture};

    #[tokio::test]
    async fn a_user_is_told_which_event_was_removed_and_why() {
        let fixture = Fixture::new().await;
        let (guestlist, ada) = (&fixture.guestlist, fixture.user.id);
        let removed = |removal| RemovedEvent {
            title: "Free\nmoney".to_owned(),
            removal,
            reason: "spam".to_owned(),
        };
        for removal in [EventRemoval::Unlisted, EventRemoval::Deleted] {
            let told = guestlist.tell_event_removed(ada, &removed(removal)).await;
            told.expect("queues");
            let admin = guestlist.acting_as(Actor::Admin(UserId::new(fixture.now())));
            admin.record_event_removed(ada, &removed(removal)).await;
            fixture.advance(1);
        }
        let listed = guestlist.list_removed_events(ada, 10).await;
        let listed: Vec<_> = listed.expect("lists").into_iter().map(|it| it.1).collect();
        let newest_first = [EventRemoval::Deleted, EventRemoval::Unlisted].map(removed);
        assert_eq!(listed, newest_first);
        let log = guestlist.list_security_events_of(ada, None, 2).await;
        let log = log.expect("lists");
        assert_eq!(log[0].kind, SecurityEventKind::EventDeleted);
        assert_eq!(log[0].details.get(detail::REASON), Some("spam"));
        assert_eq!(log[1].kind, SecurityEventKind::EventUnlisted);
        let missing = UserId::new(fixture.now());
        let told = guestlist.tell_event_removed(missing, &listed[0]).await;
        told.expect("does nothing");
        let none = guestlist.list_removed_events(missing, 10).await;
        assert!(none.expect("lists").is_empty());
    }
}
