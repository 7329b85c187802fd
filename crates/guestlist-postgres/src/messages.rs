//! Messages: operations. Their statements and rows are in `messages/`.

mod archive;
mod rows;

use std::time::Duration;

use async_trait::async_trait;
use guestlist::{
    CODE_TRIES, Email, LinkPurpose, Marked, Message, MessageFilter, MessageId, MessageInsertion,
    MessageStore, OnRepeat, StoreError, Timestamp, UserId,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    PostgresStore,
    database::Params,
    values::{Unreadable, lent, without_nul},
};

#[cfg(test)]
pub(crate) use rows::STATEMENTS;
use rows::{
    CLAIM_DUE_MESSAGES, CONSUME_LINK, END_LINKS, END_LINKS_OF_A_BACKUP, FIND_ACTIVE_LINK,
    FIND_ACTIVE_LINK_TO, FIND_MESSAGE, HOLD_MESSAGES, HOLD_USER, INSERT_MESSAGE,
    INSERT_MESSAGE_WITHOUT_USER, INSERT_RESET, LIST_MESSAGES, MARK_DROPPED, MARK_FAILED, MARK_SENT,
    PURGE_MESSAGES, RELEASE_HELD, RESEND_MESSAGE, RETRY_MESSAGE, SUPERSEDE_MESSAGES,
    SUPERSEDE_RESETS, TRY_CODE, message, message_params,
};
pub(crate) use rows::{LIST_MESSAGES_IN_STATE, LIST_MESSAGES_OF};

/// How often an insertion is tried while racing insertions and uses change the message that could
/// take its place.
const TRIES: u32 = 5;

#[async_trait]
impl MessageStore for PostgresStore {
    /// Locks the user's row while it ends earlier messages, so that racing insertions see each
    /// other.
    async fn insert_message(&self, message: &Message) -> Result<MessageInsertion, StoreError> {
        let columns = message_params(message);
        let insert = lent(&columns);
        let link = message.link.as_ref();
        let (to, kind, user) = (
            message.to.key(),
            message.kind.as_str(),
            message.user_id.map(|user| user.as_uuid()),
        );
        let repeat = message.kind.on_repeat();
        let bound_to = match repeat {
            OnRepeat::Resend => link.and_then(|link| link.bound_to.as_deref()),
            _ => None,
        };
        let now = message.created_at.as_millis();
        let same: Params<'_> = &[&to, &kind, &user, &bound_to, &now];
        for _ in 0..TRIES {
            if repeat == OnRepeat::Resend {
                let resent = self.database.change_returning(RESEND_MESSAGE, same).await?;
                if let Some(row) = resent.first() {
                    let id: Uuid = row.try_get(0).map_err(StoreError::unknown)?;
                    return Ok(MessageInsertion::Resent(id.into()));
                }
            }
            let Some(user) = user else {
                let inserted = self.database.change(INSERT_MESSAGE_WITHOUT_USER, &insert);
                return inserted.await.map(|_| MessageInsertion::Done);
            };
            let held: Params<'_> = &[&user];
            let mut changes: Vec<(&str, Params<'_>)> = vec![(HOLD_USER, held)];
            match repeat {
                OnRepeat::Insert => changes.push((INSERT_MESSAGE, &insert)),
                OnRepeat::Supersede => {
                    changes.push((SUPERSEDE_MESSAGES, same));
                    changes.push((INSERT_MESSAGE, &insert));
                }
                OnRepeat::Resend => {
                    changes.push((SUPERSEDE_RESETS, same));
                    changes.push((INSERT_RESET, &insert));
                }
            }
            let changed = self.database.change_in_turn(&changes).await?;
            match changed.as_slice() {
                [0, ..] => return Ok(MessageInsertion::UserGone),
                [.., 0] => {}
                _ => return Ok(MessageInsertion::Done),
            }
        }
        Err(StoreError::failed(
            "other operations kept changing the message",
        ))
    }

    async fn find_message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid()];
        self.find(FIND_MESSAGE, params, message).await
    }

    async fn find_active_link(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &purpose.as_str(), &now.as_millis()];
        self.find(FIND_ACTIVE_LINK, params, message).await
    }

    async fn find_active_link_to(
        &self,
        to: &Email,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let params: Params<'_> = &[&to.key(), &purpose.as_str(), &now.as_millis()];
        self.find(FIND_ACTIVE_LINK_TO, params, message).await
    }

    async fn consume_link(
        &self,
        id: MessageId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &purpose.as_str(), &now.as_millis()];
        let rows = self.database.change_returning(CONSUME_LINK, params).await?;
        first(&rows)
    }

    async fn end_links(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&user.as_uuid(), &purpose.as_str(), &now.as_millis()];
        self.database.change(END_LINKS, params).await
    }

    async fn try_code(&self, id: MessageId, now: Timestamp) -> Result<Option<Message>, StoreError> {
        let most = i64::from(CODE_TRIES);
        let params: Params<'_> = &[&id.as_uuid(), &now.as_millis(), &most];
        let rows = self.database.change_returning(TRY_CODE, params).await?;
        first(&rows)
    }

    /// Skips messages that another node is claiming.
    async fn claim_due_messages(
        &self,
        now: Timestamp,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<Message>, StoreError> {
        let end = now.plus(lease).as_millis();
        let params: Params<'_> = &[&now.as_millis(), &i64::from(limit), &end];
        let rows = self.database.change_returning(CLAIM_DUE_MESSAGES, params);
        let rows = rows.await?;
        let messages = rows.iter().map(message).collect::<Result<_, _>>();
        messages.map_err(StoreError::unknown)
    }

    async fn mark_sent(
        &self,
        id: MessageId,
        attempt: u32,
        now: Timestamp,
    ) -> Result<Marked, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &i64::from(attempt), &now.as_millis()];
        self.database.change(MARK_SENT, params).await.map(marked)
    }

    async fn mark_failed(
        &self,
        id: MessageId,
        attempt: u32,
        next_at: Option<Timestamp>,
        error: &str,
    ) -> Result<Marked, StoreError> {
        let next_at = next_at.map(Timestamp::as_millis);
        let error = without_nul(error);
        let params: Params<'_> = &[
            &id.as_uuid(),
            &i64::from(attempt),
            &next_at,
            &error.as_ref(),
        ];
        self.database.change(MARK_FAILED, params).await.map(marked)
    }

    async fn mark_dropped(
        &self,
        id: MessageId,
        attempt: u32,
        reason: &str,
    ) -> Result<Marked, StoreError> {
        let reason = without_nul(reason);
        let params: Params<'_> = &[&id.as_uuid(), &i64::from(attempt), &reason.as_ref()];
        self.database.change(MARK_DROPPED, params).await.map(marked)
    }

    async fn retry_message(&self, id: MessageId, now: Timestamp) -> Result<Marked, StoreError> {
        let params: Params<'_> = &[&id.as_uuid(), &now.as_millis()];
        self.database
            .change(RETRY_MESSAGE, params)
            .await
            .map(marked)
    }

    /// Two statements: if the second one fails, calling this again is safe.
    async fn hold_messages(&self, now: Timestamp) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&now.as_millis()];
        self.database.change(END_LINKS_OF_A_BACKUP, params).await?;
        self.database.change(HOLD_MESSAGES, &[]).await
    }

    async fn release_held(&self, now: Timestamp) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&now.as_millis()];
        self.database.change(RELEASE_HELD, params).await
    }

    async fn list_messages(
        &self,
        filter: MessageFilter,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let after = after.map(|after| after.as_uuid());
        let kind = filter.kind.map(|kind| kind.as_str());
        let state = filter.state.map(|state| state.as_str());
        let limit = i64::from(limit);
        if let Some(user) = filter.user {
            let params: Params<'_> = &[&after, &kind, &limit, &state, &user.as_uuid()];
            return self.list(LIST_MESSAGES_OF, params, message).await;
        }
        let list = match filter.rare_state() {
            Some(_) => LIST_MESSAGES_IN_STATE,
            None => LIST_MESSAGES,
        };
        let params: Params<'_> = &[&after, &kind, &limit, &state];
        self.list(list, params, message).await
    }

    async fn purge_messages(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let params: Params<'_> = &[&before.as_millis(), &i64::from(limit)];
        self.database.change(PURGE_MESSAGES, params).await
    }
}

/// Reads the row that a change returned, if there is one.
fn first(rows: &[Row]) -> Result<Option<Message>, StoreError> {
    let read: Result<_, Unreadable> = rows.first().map(message).transpose();
    read.map_err(StoreError::unknown)
}

fn marked(rows: u64) -> Marked {
    if rows == 0 {
        Marked::Stale
    } else {
        Marked::Done
    }
}
