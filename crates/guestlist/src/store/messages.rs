//! Messages in a store: mails that wait or were sent, and their links.

use std::{
    hash::{Hash, Hasher},
    time::Duration,
};

use super::{StoreError, archive::Archived};
use crate::{
    DeliveryState, Email, LinkPurpose, Message, MessageId, MessageKind, Timestamp, UserId,
};

crate::operations! {
    /// The operations on messages.
    ///
    /// A link is *active* at a time if [`MessageLink::is_active`](crate::MessageLink::is_active)
    /// says so. No operation knows a secret: callers verify the token of a link by
    /// [`find_message`](Self::find_message) and the link keys, and then consume it.
    pub trait MessageStore {
        /// Stores a new message, if its user exists (a message without a user always can be), and
        /// settles earlier messages of its kind as [`MessageKind::on_repeat`] says, at the
        /// message's `created_at`:
        ///
        /// - `Insert`: earlier messages stay as they are.
        /// - `Supersede`: earlier messages of the same user and kind end. A link that has not ended
        ///   becomes `Superseded`. A mail that is queued or held becomes `Dropped`.
        /// - `Resend`: the store looks for an earlier message of the same kind, user, address and
        ///   `bound_to` whose link is active. If there is one, nothing is stored, and that message
        ///   is queued again unless it is queued already. It keeps its id, salt and expiry, so it
        ///   contains the same link. Otherwise the message is stored, and earlier messages of the
        ///   user end as with `Supersede`. (Without a user, earlier messages stay.)
        ///
        /// Of insertions of one user and kind that race, exactly one message has an active link
        /// afterwards, if all links would be active alone.
        async fn insert_message(&self, message: &Message) -> Result<MessageInsertion, StoreError>;

        /// Returns the message with that id, in whatever state it and its link are.
        async fn find_message(&self, id: MessageId) -> Result<Option<Message>, StoreError>;

        /// Returns the newest message of that user whose link has that purpose and is active at
        /// `now`. It is how a signed-in user's code finds its message.
        async fn find_active_link(
            &self,
            user: UserId,
            purpose: LinkPurpose,
            now: Timestamp,
        ) -> Result<Option<Message>, StoreError>;

        /// Returns a message to that address, compared by [`Email::key`](crate::Email::key), whose
        /// link has that purpose and is active at `now`. It is how an address stays reserved while
        /// its owner can undo a change: the message is the newest one.
        async fn find_active_link_to(
            &self,
            to: &Email,
            purpose: LinkPurpose,
            now: Timestamp,
        ) -> Result<Option<Message>, StoreError>;

        /// Ends the link as [`LinkEnd::Used`](crate::LinkEnd::Used) at `now`, if it has that
        /// purpose and is active. Returns the message as it is now, once: later calls return
        /// `None`, as they do for an expired, ended or missing link. Of racing calls one gets the
        /// message.
        async fn consume_link(
            &self,
            id: MessageId,
            purpose: LinkPurpose,
            now: Timestamp,
        ) -> Result<Option<Message>, StoreError>;

        /// Ends all active links of that user and purpose as
        /// [`LinkEnd::Revoked`](crate::LinkEnd::Revoked), and drops their mails that are queued or
        /// held. Returns how many links ended. It is for changes that make them wrong, such as
        /// another address of the account.
        async fn end_links(
            &self,
            user: UserId,
            purpose: LinkPurpose,
            now: Timestamp,
        ) -> Result<u64, StoreError>;

        /// Counts a try of the code, if the message has a code and an active link, and fewer than
        /// [`CODE_TRIES`](crate::CODE_TRIES) tries were counted. Returns the message as it is now,
        /// or `None` if no try is left. Compare the code only after this counted the try.
        async fn try_code(
            &self,
            id: MessageId,
            now: Timestamp,
        ) -> Result<Option<Message>, StoreError>;

        /// Takes up to `limit` queued messages whose `next_at` is `now` or earlier, those that wait
        /// longest first. Each gets one more attempt, no error, and `now + lease` as `next_at`, so
        /// no other call takes it while the lease runs. Returns them as they are now.
        async fn claim_due_messages(
            &self,
            now: Timestamp,
            limit: u32,
            lease: Duration,
        ) -> Result<Vec<Message>, StoreError>;

        /// Notes that a mail server took the mail, if it is queued and this is still its attempt.
        async fn mark_sent(
            &self,
            id: MessageId,
            attempt: u32,
            now: Timestamp,
        ) -> Result<Marked, StoreError>;

        /// Notes that an attempt failed, if the message is queued and this is still its attempt. It
        /// is queued until `next_at`, or becomes `Failed` if `next_at` is `None`.
        async fn mark_failed(
            &self,
            id: MessageId,
            attempt: u32,
            next_at: Option<Timestamp>,
            error: &str,
        ) -> Result<Marked, StoreError>;

        /// Notes that the mail needs no sending and why, if it is queued and this is still its
        /// attempt.
        async fn mark_dropped(
            &self,
            id: MessageId,
            attempt: u32,
            reason: &str,
        ) -> Result<Marked, StoreError>;

        /// Queues a message again that failed, or lets one that waits after a failed attempt be
        /// taken at once. Its time to be given up counts from `now`. A message that a node is
        /// sending stays as it is.
        async fn retry_message(&self, id: MessageId, now: Timestamp) -> Result<Marked, StoreError>;

        /// Ends all active links as [`LinkEnd::Restored`](crate::LinkEnd::Restored), and holds all
        /// queued mails. It is for a database that was restored from a backup, which does not say
        /// which links were used since and which mails were sent. Returns how many mails are held
        /// now.
        #[takes(long)]
        async fn hold_messages(&self, now: Timestamp) -> Result<u64, StoreError>;

        /// Queues all held messages, due at `now`. Returns how many.
        #[takes(long)]
        async fn release_held(&self, now: Timestamp) -> Result<u64, StoreError>;

        /// Returns up to `limit` messages that pass the filter, newest first by their ids. The list
        /// begins after (that is, older than) the id `after`, or with the newest if it is `None`.
        async fn list_messages(
            &self,
            filter: MessageFilter,
            after: Option<MessageId>,
            limit: u32,
        ) -> Result<Vec<Message>, StoreError>;

        /// Removes up to `limit` messages in any state that were created before that moment and
        /// whose links expired before it. Returns how many were removed.
        #[takes(long)]
        async fn purge_messages(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
    }
}

/// The outcome of [`MessageStore::insert_message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageInsertion {
    /// The message is stored.
    Done,
    /// An earlier message with an active link is sent again; this is its id. Nothing was stored.
    Resent(MessageId),
    /// The user does not exist (any more); nothing was changed.
    UserGone,
}

/// Whether the outcome of an attempt was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// The outcome is noted.
    Done,
    /// The message is missing, in another state, or another attempt has begun; nothing was changed.
    Stale,
}

/// Which messages a list contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those of this kind.
    pub kind: Option<MessageKind>,
    /// Only those that concern this user.
    pub user: Option<UserId>,
}

impl MessageFilter {
    /// Whether the message passes the filter.
    pub fn admits(&self, message: &Message) -> bool {
        self.state
            .is_none_or(|state| message.delivery.state == state)
            && self.kind.is_none_or(|kind| message.kind == kind)
            && self.user.is_none_or(|user| message.user_id == Some(user))
    }

    /// Returns the state if few messages have it: messages that wait, and failed ones. A database
    /// reads those few by an index. It would read nearly all messages to find that none is held.
    pub fn rare_state(&self) -> Option<DeliveryState> {
        self.state.filter(|state| match state {
            DeliveryState::Held | DeliveryState::Queued | DeliveryState::Failed => true,
            DeliveryState::Sent | DeliveryState::Dropped => false,
        })
    }
}

impl Archived for Message {
    const PLURAL: &'static str = "messages";

    fn archive_id(&self) -> String {
        self.id.to_string()
    }
}

/// Hashes every stored field.
impl Hash for Message {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Every field is named, so that a new field is not forgotten here.
        let Self {
            id,
            kind,
            user_id,
            to,
            data,
            created_at,
            link,
            code,
            delivery,
        } = self;
        (id, kind, user_id, to.key(), to.as_given(), data).hash(state);
        (created_at, link, code, delivery).hash(state);
    }
}
