//! An administrator looks at the mails that wait or were sent, and lets them go on.

use crate::{Guestlist, Marked, Message, MessageFilter, MessageId, StoreError};

impl Guestlist {
    /// Returns up to `limit` messages that pass the filter, newest first. The list begins after
    /// (that is, older than) the id `after`, or with the newest if it is `None`. Show neither the
    /// link nor the code of a message that concerns another user.
    pub async fn list_messages(
        &self,
        filter: MessageFilter,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.store().list_messages(filter, after, limit).await
    }

    /// Returns the message with that id.
    pub async fn find_message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.store().find_message(id).await
    }

    /// Queues a message again that failed, or lets one that waits after a failed attempt be sent at
    /// once. [`Marked::Stale`] says that it is in another state, or missing.
    pub async fn retry_message(&self, id: MessageId) -> Result<Marked, StoreError> {
        self.store().retry_message(id, self.now()).await
    }

    /// Ends all links, and holds all mails that wait. Call it after the database was restored from
    /// a backup, which does not say which links were used since and which mails were sent. Returns
    /// how many mails are held.
    pub async fn hold_messages(&self) -> Result<u64, StoreError> {
        self.store().hold_messages(self.now()).await
    }

    /// Queues all held mails. A mail whose link ended is dropped when it is due, not sent. Returns
    /// how many were queued.
    pub async fn release_held_messages(&self) -> Result<u64, StoreError> {
        self.store().release_held(self.now()).await
    }
}
