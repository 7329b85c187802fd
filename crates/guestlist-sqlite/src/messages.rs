//! Messages: operations. Their statements and rows are in `messages/`.

mod archive;
mod rows;

use std::time::Duration;

use async_trait::async_trait;
use guestlist::{
    CODE_TRIES, Email, LinkPurpose, Marked, Message, MessageFilter, MessageId, MessageInsertion,
    MessageStore, OnRepeat, StoreError, Timestamp, UserId,
};
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::{
    SqliteStore,
    values::{Id, Instant},
};

pub(crate) use rows::MessageStatements;
use rows::{message, values_of};

#[async_trait]
impl MessageStore for SqliteStore {
    async fn insert_message(&self, message: &Message) -> Result<MessageInsertion, StoreError> {
        let sql = self.message_sql();
        let values = values_of(message);
        let now = Instant(message.created_at);
        let (kind, user) = (message.kind, message.user_id.map(|user| Id(user.as_uuid())));
        let to = message.to.key().to_owned();
        let link = message.link.as_ref();
        let bound_to = link.and_then(|link| link.bound_to.clone());
        let change = move |connection: &Connection| {
            if kind.on_repeat() == OnRepeat::Resend {
                let mut resend = connection.prepare_cached(sql.resend_message)?;
                let params = (to, kind.as_str(), user, bound_to, now);
                let resent: Option<Id> = resend.query_row(params, |row| row.get(0)).optional()?;
                if let Some(id) = resent {
                    return Ok(MessageInsertion::Resent(id.0.into()));
                }
            }
            if kind.on_repeat() != OnRepeat::Insert {
                let mut supersede = connection.prepare_cached(sql.supersede_messages)?;
                supersede.execute((user, kind.as_str(), now))?;
            }
            let mut insert = connection.prepare_cached(sql.insert_message)?;
            Ok(match insert.execute(params_from_iter(values))? {
                0 => MessageInsertion::UserGone,
                _ => MessageInsertion::Done,
            })
        };
        self.database.write(change).await
    }

    async fn find_message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let sql = self.message_sql().find_message;
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row((Id(id.as_uuid()),), message).optional()
        };
        self.database.find(query).await
    }

    async fn find_active_link(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let sql = self.message_sql().find_active_link;
        let params = (Id(user.as_uuid()), purpose.as_str(), Instant(now));
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(params, message).optional()
        };
        self.database.find(query).await
    }

    async fn find_active_link_to(
        &self,
        to: &Email,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let sql = self.message_sql().find_active_link_to;
        let params = (to.key().to_owned(), purpose.as_str(), Instant(now));
        let query = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(params, message).optional()
        };
        self.database.find(query).await
    }

    async fn consume_link(
        &self,
        id: MessageId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let sql = self.message_sql().consume_link;
        let params = (Id(id.as_uuid()), purpose.as_str(), Instant(now));
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(params, message).optional()
        };
        self.database.write(change).await
    }

    async fn end_links(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let params = (Id(user.as_uuid()), purpose.as_str(), Instant(now));
        self.changed(self.message_sql().end_links, params).await
    }

    async fn try_code(&self, id: MessageId, now: Timestamp) -> Result<Option<Message>, StoreError> {
        let sql = self.message_sql().try_code;
        let params = (Id(id.as_uuid()), Instant(now), CODE_TRIES);
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(params, message).optional()
        };
        self.database.write(change).await
    }

    async fn claim_due_messages(
        &self,
        now: Timestamp,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Message>, StoreError> {
        let sql = self.message_sql().claim_due_messages;
        let params = (Instant(now), limit, Instant(now.plus(lease)));
        let change = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_map(params, message)?.collect()
        };
        self.database.write(change).await
    }

    async fn mark_sent(
        &self,
        id: MessageId,
        attempt: u32,
        now: Timestamp,
    ) -> Result<Marked, StoreError> {
        let params = (Id(id.as_uuid()), attempt, Instant(now));
        let changed = self.changed(self.message_sql().mark_sent, params);
        changed.await.map(marked)
    }

    async fn mark_failed(
        &self,
        id: MessageId,
        attempt: u32,
        next_at: Option<Timestamp>,
        error: &str,
    ) -> Result<Marked, StoreError> {
        let next_at = next_at.map(Instant);
        let params = (Id(id.as_uuid()), attempt, next_at, error.to_owned());
        let changed = self.changed(self.message_sql().mark_failed, params);
        changed.await.map(marked)
    }

    async fn mark_dropped(
        &self,
        id: MessageId,
        attempt: u32,
        reason: &str,
    ) -> Result<Marked, StoreError> {
        let params = (Id(id.as_uuid()), attempt, reason.to_owned());
        let changed = self.changed(self.message_sql().mark_dropped, params);
        changed.await.map(marked)
    }

    async fn retry_message(&self, id: MessageId, now: Timestamp) -> Result<Marked, StoreError> {
        let params = (Id(id.as_uuid()), Instant(now));
        let changed = self.changed(self.message_sql().retry_message, params);
        changed.await.map(marked)
    }

    async fn hold_messages(&self, now: Timestamp) -> Result<u64, StoreError> {
        let sql = self.message_sql();
        let change = move |connection: &Connection| {
            let mut end = connection.prepare_cached(sql.end_links_of_a_backup)?;
            end.execute((Instant(now),))?;
            connection.prepare_cached(sql.hold_messages)?.execute(())
        };
        let held = self.database.write(change).await?;
        Ok(u64::try_from(held).unwrap_or(u64::MAX))
    }

    async fn release_held(&self, now: Timestamp) -> Result<u64, StoreError> {
        let params = (Instant(now),);
        self.changed(self.message_sql().release_held, params).await
    }

    async fn list_messages(
        &self,
        filter: MessageFilter,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let sql = self.message_sql();
        let after = after.map(|after| Id(after.as_uuid()));
        let kind = filter.kind.map(|kind| kind.as_str());
        let state = filter.state.map(|state| state.as_str());
        if let Some(user) = filter.user {
            let params = (after, kind, limit, state, Id(user.as_uuid()));
            return self.list(sql.list_messages_of, params, message).await;
        }
        let list = match filter.rare_state() {
            Some(_) => sql.list_messages_in_state,
            None => sql.list_messages,
        };
        let params = (after, kind, limit, state);
        self.list(list, params, message).await
    }

    async fn purge_messages(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let params = (Instant(before), limit);
        let erased = self.erase(self.message_sql().purge_messages, params);
        Ok(u64::try_from(erased.await?).unwrap_or(u64::MAX))
    }
}

impl SqliteStore {
    pub(crate) fn message_sql(&self) -> &'static MessageStatements {
        MessageStatements::of(self.prefix)
    }

    async fn changed(
        &self,
        sql: &'static str,
        params: impl rusqlite::Params + Send + 'static,
    ) -> Result<u64, StoreError> {
        let rows = self.change(sql, params).await?;
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }
}

fn marked(rows: u64) -> Marked {
    if rows == 0 {
        Marked::Stale
    } else {
        Marked::Done
    }
}
