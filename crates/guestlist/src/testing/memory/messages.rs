//! Messages in memory.

use std::time::Duration;

use async_trait::async_trait;

use super::{MemoryStore, count, page, size};
use crate::{
    ArchiveOf, CODE_TRIES, DeliveryState, Email, LinkEnd, LinkPurpose, Marked, Message,
    MessageFilter, MessageId, MessageInsertion, MessageStore, OnRepeat, StoreError, Timestamp,
    UserId,
};

#[async_trait]
impl MessageStore for MemoryStore {
    async fn insert_message(&self, message: &Message) -> Result<MessageInsertion, StoreError> {
        let mut records = self.records();
        if let Some(user) = message.user_id
            && !records.users.contains_key(&user)
        {
            return Ok(MessageInsertion::UserGone);
        }
        let now = message.created_at;
        let repeat = message.kind.on_repeat();
        let earlier = records.messages.values_mut();
        let earlier = earlier.filter(|it| it.kind == message.kind && it.user_id == message.user_id);
        for earlier in earlier {
            if repeat == OnRepeat::Resend && is_same(earlier, message, now) {
                if earlier.delivery.state != DeliveryState::Queued {
                    queue(earlier, now);
                }
                return Ok(MessageInsertion::Resent(earlier.id));
            }
        }
        if repeat != OnRepeat::Insert && message.user_id.is_some() {
            let earlier = records.messages.values_mut();
            earlier
                .filter(|it| it.kind == message.kind && it.user_id == message.user_id)
                .for_each(|it| end(it, LinkEnd::Superseded, now));
        }
        records.messages.insert(message.id, message.clone());
        Ok(MessageInsertion::Done)
    }

    async fn find_message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        Ok(self.records().messages.get(&id).cloned())
    }

    async fn find_active_link(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let records = self.records();
        let mut newest_first = records.messages.values().rev();
        let found = newest_first.find(|it| it.user_id == Some(user) && is_active(it, purpose, now));
        Ok(found.cloned())
    }

    async fn find_active_link_to(
        &self,
        to: &Email,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let records = self.records();
        let mut newest_first = records.messages.values().rev();
        let found = newest_first.find(|it| it.to == *to && is_active(it, purpose, now));
        Ok(found.cloned())
    }

    async fn consume_link(
        &self,
        id: MessageId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let mut records = self.records();
        let message = records.messages.get_mut(&id);
        let active = message.filter(|message| is_active(message, purpose, now));
        Ok(active.map(|message| {
            if let Some(link) = &mut message.link {
                link.ended = Some((LinkEnd::Used, now));
            }
            message.clone()
        }))
    }

    async fn end_links(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut records = self.records();
        let messages = records.messages.values_mut();
        let theirs = messages.filter(|it| it.user_id == Some(user) && is_active(it, purpose, now));
        let mut ended = 0;
        for message in theirs {
            end(message, LinkEnd::Revoked, now);
            ended += 1;
        }
        Ok(ended)
    }

    async fn try_code(&self, id: MessageId, now: Timestamp) -> Result<Option<Message>, StoreError> {
        let mut records = self.records();
        let message = records.messages.get_mut(&id);
        let Some(message) = message.filter(|message| message.has_active_link(now)) else {
            return Ok(None);
        };
        match &mut message.code {
            Some(code) if code.tries < CODE_TRIES => code.tries += 1,
            _ => return Ok(None),
        }
        Ok(Some(message.clone()))
    }

    async fn claim_due_messages(
        &self,
        now: Timestamp,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Message>, StoreError> {
        let mut records = self.records();
        let messages = records.messages.values_mut();
        let mut due: Vec<&mut Message> = messages
            .filter(|it| it.delivery.state == DeliveryState::Queued && it.delivery.next_at <= now)
            .collect();
        due.sort_by_key(|message| (message.delivery.next_at, message.id));
        due.truncate(size(limit));
        let claim = |message: &mut Message| {
            message.delivery.attempt += 1;
            message.delivery.next_at = now.plus(lease);
            message.delivery.error = None;
            message.clone()
        };
        Ok(due.into_iter().map(claim).collect())
    }

    async fn mark_sent(
        &self,
        id: MessageId,
        attempt: u32,
        now: Timestamp,
    ) -> Result<Marked, StoreError> {
        Ok(self.mark(id, attempt, |message| {
            message.delivery.state = DeliveryState::Sent;
            message.delivery.sent_at = Some(now);
        }))
    }

    async fn mark_failed(
        &self,
        id: MessageId,
        attempt: u32,
        next_at: Option<Timestamp>,
        error: &str,
    ) -> Result<Marked, StoreError> {
        Ok(self.mark(id, attempt, |message| {
            match next_at {
                Some(next_at) => message.delivery.next_at = next_at,
                None => message.delivery.state = DeliveryState::Failed,
            }
            message.delivery.error = Some(error.to_owned());
        }))
    }

    async fn mark_dropped(
        &self,
        id: MessageId,
        attempt: u32,
        reason: &str,
    ) -> Result<Marked, StoreError> {
        Ok(self.mark(id, attempt, |message| {
            message.delivery.state = DeliveryState::Dropped;
            message.delivery.error = Some(reason.to_owned());
        }))
    }

    async fn retry_message(&self, id: MessageId, now: Timestamp) -> Result<Marked, StoreError> {
        let mut records = self.records();
        let message = records.messages.get_mut(&id);
        let waits = |message: &Message| match message.delivery.state {
            DeliveryState::Failed => true,
            DeliveryState::Queued => message.delivery.error.is_some(),
            _ => false,
        };
        Ok(match message.filter(|message| waits(message)) {
            Some(message) => {
                queue(message, now);
                Marked::Done
            }
            None => Marked::Stale,
        })
    }

    async fn hold_messages(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut held = 0;
        for message in self.records().messages.values_mut() {
            if let Some(link) = &mut message.link
                && link.is_active(now)
            {
                link.ended = Some((LinkEnd::Restored, now));
            }
            if message.delivery.state == DeliveryState::Queued {
                message.delivery.state = DeliveryState::Held;
                held += 1;
            }
        }
        Ok(held)
    }

    async fn release_held(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut released = 0;
        for message in self.records().messages.values_mut() {
            if message.delivery.state == DeliveryState::Held {
                queue(message, now);
                released += 1;
            }
        }
        Ok(released)
    }

    async fn list_messages(
        &self,
        filter: MessageFilter,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let records = self.records();
        let newest_first = records.messages.values().rev();
        let listed =
            newest_first.filter(|it| filter.admits(it) && after.is_none_or(|after| it.id < after));
        Ok(listed.take(size(limit)).cloned().collect())
    }

    async fn purge_messages(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut left = size(limit);
        self.records().messages.retain(|_, message| {
            let link = message.link.as_ref();
            let goes = left > 0
                && message.created_at < before
                && link.is_none_or(|link| link.expires_at < before);
            left -= usize::from(goes);
            !goes
        });
        Ok(count(size(limit) - left))
    }
}

impl MemoryStore {
    /// Changes a message that is queued and at that attempt.
    fn mark(&self, id: MessageId, attempt: u32, change: impl FnOnce(&mut Message)) -> Marked {
        let mut records = self.records();
        let message = records.messages.get_mut(&id);
        let is_attempt = |message: &Message| {
            message.delivery.state == DeliveryState::Queued && message.delivery.attempt == attempt
        };
        match message.filter(|message| is_attempt(message)) {
            Some(message) => {
                change(message);
                Marked::Done
            }
            None => Marked::Stale,
        }
    }
}

fn is_active(message: &Message, purpose: LinkPurpose, now: Timestamp) -> bool {
    let link = message.link.as_ref();
    link.is_some_and(|link| link.purpose == purpose && link.is_active(now))
}

/// Whether the earlier message can be sent again in place of the new one.
fn is_same(earlier: &Message, new: &Message, now: Timestamp) -> bool {
    let bound_to = |message: &Message| message.link.as_ref().map(|link| link.bound_to.clone());
    earlier.to == new.to && earlier.has_active_link(now) && bound_to(earlier) == bound_to(new)
}

/// Queues a message, due at once.
fn queue(message: &mut Message, now: Timestamp) {
    message.delivery.state = DeliveryState::Queued;
    message.delivery.queued_at = now;
    message.delivery.next_at = now;
    message.delivery.error = None;
}

/// Ends the link if it has not ended, and drops the mail if it waits.
fn end(message: &mut Message, why: LinkEnd, now: Timestamp) {
    if let Some(link) = &mut message.link
        && link.ended.is_none()
    {
        link.ended = Some((why, now));
    }
    if matches!(
        message.delivery.state,
        DeliveryState::Queued | DeliveryState::Held
    ) {
        message.delivery.state = DeliveryState::Dropped;
        message.delivery.error = Some(why.to_string());
    }
}

#[async_trait]
impl ArchiveOf<Message> for MemoryStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        Ok(count(self.records().messages.len()))
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Message>, StoreError> {
        Ok(page(self.records().messages.values(), after, limit))
    }

    async fn put_all(&self, put: &[Message]) -> Result<(), StoreError> {
        let put = put.iter().map(|record| (record.id, record.clone()));
        self.records().messages.extend(put);
        Ok(())
    }
}
