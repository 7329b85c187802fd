//! Messages: operations. Their documents are in `messages/`.

mod archive;
mod document;

use std::time::Duration;

use async_trait::async_trait;
use guestlist::{
    CODE_TRIES, DeliveryState, Email, LinkEnd, LinkPurpose, Marked, Message, MessageFilter,
    MessageId, MessageInsertion, MessageStore, OnRepeat, StoreError, Timestamp, UserId,
};
use mongodb::bson::{Document, doc};

use crate::{Insertion, MongodbStore, Records, failure, filter::id, values::parsed};

pub(crate) use document::MessageDocument;

/// How often an insertion is tried while others insert a message of the same user and kind.
const TRIES: u32 = 50;

impl MongodbStore {
    /// Returns the operations on the documents of messages.
    pub(crate) fn messages(&self) -> Records<MessageDocument> {
        self.database.records("messages")
    }

    /// Ends the message in a slot, and frees the slot last: if this is interrupted, the next
    /// insertion goes on.
    async fn supersede(&self, holder: &str, slot: &str, now: Timestamp) -> Result<(), StoreError> {
        let ended = doc! { "link_end": "superseded", "link_ended_at": now.as_millis() };
        let unended = doc! { "_id": holder, "purpose": { "$exists": true }, "link_end": { "$exists": false } };
        let messages = self.messages();
        messages.update(unended, doc! { "$set": ended }).await?;
        let mut waiting = waits();
        waiting.insert("_id", holder);
        messages
            .update(waiting, dropped(LinkEnd::Superseded.as_str()))
            .await?;
        let freed = doc! { "$set": { "slot": holder } };
        let held = doc! { "_id": holder, "slot": slot };
        messages.update(held, freed).await.map(drop)
    }

    /// Queues a message again, unless it is queued, and returns its id.
    async fn resend(&self, earlier: &str, now: Timestamp) -> Result<MessageInsertion, StoreError> {
        let waiting = doc! { "_id": earlier, "state": { "$ne": "queued" } };
        self.messages().update(waiting, queued(now)).await?;
        Ok(MessageInsertion::Resent(parsed(earlier)?))
    }

    /// Changes a message that is queued and at that attempt.
    async fn mark(
        &self,
        id: MessageId,
        attempt: u32,
        change: Document,
    ) -> Result<Marked, StoreError> {
        let filter = doc! {
            "_id": id.to_string(), "attempt": i64::from(attempt), "state": "queued",
        };
        let changed = self.messages().update(filter, change).await?;
        Ok(marked(changed))
    }
}

#[async_trait]
impl MessageStore for MongodbStore {
    /// A message whose link has not ended holds the slot of its user and kind, and a unique index
    /// allows one holder. An insertion that finds a holder ends it first. Looks for the user afterwards, as
    /// `insert_session` does.
    async fn insert_message(&self, message: &Message) -> Result<MessageInsertion, StoreError> {
        let messages = self.messages();
        let (now, repeat) = (message.created_at, message.kind.on_repeat());
        let document = MessageDocument::from(message);
        let slot = document.slot.clone();
        for _ in 0..TRIES {
            if message.user_id.is_none() && repeat == OnRepeat::Resend {
                if let Some(earlier) = messages.find(document.same(now)).await? {
                    return self.resend(&earlier.id, now).await;
                }
            } else if slot != document.id
                && let Some(holder) = messages.find(doc! { "slot": &slot }).await?
            {
                if repeat == OnRepeat::Resend && holder.is_same(&document, now) {
                    return self.resend(&holder.id, now).await;
                }
                self.supersede(&holder.id, &slot, now).await?;
            }
            let rivals = doc! { "$or": [id(&message.id), doc! { "slot": &slot }] };
            if messages.insert(document.clone(), rivals).await? == Insertion::Taken {
                continue;
            }
            let Some(user) = message.user_id else {
                return Ok(MessageInsertion::Done);
            };
            if self.has_user(user).await.map_err(failure::halfway)? {
                return Ok(MessageInsertion::Done);
            }
            let deleted = messages.delete(id(&message.id)).await;
            deleted.map_err(failure::halfway)?;
            return Ok(MessageInsertion::UserGone);
        }
        Err(StoreError::failed(
            "others kept inserting messages of that kind",
        ))
    }

    async fn find_message(&self, message: MessageId) -> Result<Option<Message>, StoreError> {
        let found = self.messages().find(id(&message)).await?;
        found.map(Message::try_from).transpose()
    }

    async fn find_active_link(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let mut filter = active(now);
        filter.insert("user", user.to_string());
        filter.insert("purpose", purpose.as_str());
        let found = self.messages().list(filter, doc! { "_id": -1 }, 1).await?;
        found.into_iter().next().map(Message::try_from).transpose()
    }

    async fn find_active_link_to(
        &self,
        to: &Email,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let mut filter = active(now);
        filter.insert("to", to.key());
        filter.insert("purpose", purpose.as_str());
        let found = self.messages().list(filter, doc! { "_id": -1 }, 1).await?;
        found.into_iter().next().map(Message::try_from).transpose()
    }

    async fn consume_link(
        &self,
        id: MessageId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let mut filter = active(now);
        filter.insert("_id", id.to_string());
        filter.insert("purpose", purpose.as_str());
        let used = doc! { "$set": { "link_end": "used", "link_ended_at": now.as_millis() } };
        let before = self.messages().find_and_update(filter, used).await?;
        let message = before.map(Message::try_from).transpose()?;
        Ok(message.map(|mut message| {
            if let Some(link) = &mut message.link {
                link.ended = Some((LinkEnd::Used, now));
            }
            message
        }))
    }

    /// Ends one link after the other.
    async fn end_links(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let messages = self.messages();
        let mut filter = active(now);
        filter.insert("user", user.to_string());
        filter.insert("purpose", purpose.as_str());
        let revoked = doc! { "$set": { "link_end": "revoked", "link_ended_at": now.as_millis() } };
        let mut ended = 0;
        while let Some(before) = messages
            .find_and_update(filter.clone(), revoked.clone())
            .await?
        {
            let mut waiting = waits();
            waiting.insert("_id", &before.id);
            let dropping = messages.update(waiting, dropped(LinkEnd::Revoked.as_str()));
            dropping.await.map_err(failure::halfway)?;
            ended += 1;
        }
        Ok(ended)
    }

    async fn try_code(&self, id: MessageId, now: Timestamp) -> Result<Option<Message>, StoreError> {
        let mut filter = active(now);
        filter.insert("_id", id.to_string());
        filter.insert("code_tries", doc! { "$lt": i64::from(CODE_TRIES) });
        let tried = doc! { "$inc": { "code_tries": 1_i64 } };
        let before = self.messages().find_and_update(filter, tried).await?;
        let message = before.map(Message::try_from).transpose()?;
        Ok(message.map(|mut message| {
            if let Some(code) = &mut message.code {
                code.tries += 1;
            }
            message
        }))
    }

    /// Takes one message after the other. A message that another node takes meanwhile is skipped.
    async fn claim_due_messages(
        &self,
        now: Timestamp,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Message>, StoreError> {
        let messages = self.messages();
        let due = doc! { "state": "queued", "next_at": { "$lte": now.as_millis() } };
        let order = doc! { "next_at": 1, "_id": 1 };
        let end = now.plus(lease);
        let mut claimed = Vec::new();
        for found in messages.list(due, order, limit).await? {
            let unchanged = doc! {
                "_id": &found.id,
                "state": "queued",
                "attempt": found.attempt,
                "next_at": found.next_at,
            };
            let taken = doc! {
                "$inc": { "attempt": 1_i64 },
                "$set": { "next_at": end.as_millis() },
                "$unset": { "error": "" },
            };
            let before = messages.find_and_update(unchanged, taken).await;
            let Some(before) = before.map_err(failure::halfway)? else {
                continue;
            };
            let mut message = Message::try_from(before)?;
            message.delivery.attempt += 1;
            message.delivery.next_at = end;
            message.delivery.error = None;
            claimed.push(message);
        }
        Ok(claimed)
    }

    async fn mark_sent(
        &self,
        id: MessageId,
        attempt: u32,
        now: Timestamp,
    ) -> Result<Marked, StoreError> {
        let sent = doc! { "$set": { "state": "sent", "sent_at": now.as_millis() } };
        self.mark(id, attempt, sent).await
    }

    async fn mark_failed(
        &self,
        id: MessageId,
        attempt: u32,
        next_at: Option<Timestamp>,
        error: &str,
    ) -> Result<Marked, StoreError> {
        let failed = match next_at {
            Some(next_at) => doc! { "next_at": next_at.as_millis(), "error": error },
            None => doc! { "state": "failed", "error": error },
        };
        self.mark(id, attempt, doc! { "$set": failed }).await
    }

    async fn mark_dropped(
        &self,
        id: MessageId,
        attempt: u32,
        reason: &str,
    ) -> Result<Marked, StoreError> {
        self.mark(id, attempt, dropped(reason)).await
    }

    async fn retry_message(&self, id: MessageId, now: Timestamp) -> Result<Marked, StoreError> {
        let waits = doc! { "state": "queued", "error": { "$exists": true } };
        let failed = doc! { "state": "failed" };
        let filter = doc! { "_id": id.to_string(), "$or": [waits, failed] };
        let changed = self.messages().update(filter, queued(now)).await?;
        Ok(marked(changed))
    }

    /// Two operations, each of them on one document after the other: calling this again is safe.
    async fn hold_messages(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut filter = active(now);
        filter.insert("purpose", doc! { "$exists": true });
        let ended = doc! { "link_end": "restored", "link_ended_at": now.as_millis() };
        let messages = self.messages();
        messages.update_all(filter, doc! { "$set": ended }).await?;
        let held = doc! { "$set": { "state": "held" } };
        messages.update_all(doc! { "state": "queued" }, held).await
    }

    async fn release_held(&self, now: Timestamp) -> Result<u64, StoreError> {
        let held = doc! { "state": DeliveryState::Held.as_str() };
        self.messages().update_all(held, queued(now)).await
    }

    async fn list_messages(
        &self,
        filter: MessageFilter,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mut wanted = Document::new();
        if let Some(state) = filter.state {
            wanted.insert("state", state.as_str());
        }
        if let Some(kind) = filter.kind {
            wanted.insert("kind", kind.as_str());
        }
        if let Some(user) = filter.user {
            wanted.insert("user", user.to_string());
        }
        if let Some(after) = after {
            wanted.insert("_id", doc! { "$lt": after.to_string() });
        }
        let found = self
            .messages()
            .list(wanted, doc! { "_id": -1 }, limit)
            .await?;
        found.into_iter().map(Message::try_from).collect()
    }

    async fn purge_messages(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let before = before.as_millis();
        let expired = doc! { "expires_at": { "$lt": before } };
        let without_link = doc! { "expires_at": { "$exists": false } };
        let old = doc! { "created_at": { "$lt": before }, "$or": [expired, without_link] };
        let order = doc! { "created_at": 1 };
        self.messages().delete_some(old, order, limit.into()).await
    }
}

/// A link that has neither ended nor expired.
fn active(now: Timestamp) -> Document {
    doc! { "link_end": { "$exists": false }, "expires_at": { "$gt": now.as_millis() } }
}

/// A mail that waits to be sent or released.
fn waits() -> Document {
    doc! { "state": { "$in": ["queued", "held"] } }
}

fn queued(now: Timestamp) -> Document {
    let now = now.as_millis();
    doc! {
        "$set": { "state": "queued", "queued_at": now, "next_at": now },
        "$unset": { "error": "" },
    }
}

fn dropped(why: &str) -> Document {
    doc! { "$set": { "state": "dropped", "error": why } }
}

fn marked(changed: bool) -> Marked {
    if changed { Marked::Done } else { Marked::Stale }
}
