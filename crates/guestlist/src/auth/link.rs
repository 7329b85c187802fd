//! What a link still does, and why it does nothing.

use crate::{Guestlist, LinkEnd, LinkPurpose, Message, StoreError, UserId};

impl Guestlist {
    /// Returns the message of an active link, or why the link does nothing.
    pub(super) async fn active_link(
        &self,
        token: &str,
        purpose: LinkPurpose,
    ) -> Result<Message, LinkError> {
        let message = self.find_link(token, purpose).await?;
        let message = message.ok_or(LinkRefusal::Unknown)?;
        let link = message.link.as_ref().ok_or(LinkRefusal::Unknown)?;
        match link.ended {
            Some((end, _)) => Err(LinkRefusal::from(end).into()),
            None if self.now() >= link.expires_at => Err(LinkRefusal::Expired.into()),
            None => Ok(message),
        }
    }

    /// Ends the user's links of that purpose in later messages than that one, the newest first.
    pub(super) async fn end_later_links(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        than: &Message,
    ) -> Result<(), StoreError> {
        let store = self.store();
        while let Some(newest) = store.find_active_link(user, purpose, self.now()).await? {
            if newest.id <= than.id {
                break;
            }
            store.consume_link(newest.id, purpose, self.now()).await?;
        }
        Ok(())
    }

    /// Marks a link as used after what it does is done.
    pub(super) async fn mark_used(
        &self,
        message: &Message,
        purpose: LinkPurpose,
    ) -> Result<(), StoreError> {
        let consumed = self.store().consume_link(message.id, purpose, self.now());
        consumed.await.map(drop)
    }
}

/// Why a link does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkRefusal {
    /// This installation did not make the link, or the link is incomplete.
    #[error("this link is not complete, or it is not a link of this site")]
    Unknown,
    /// The link was used.
    #[error("this link was used already")]
    Used,
    /// A newer mail has a newer link.
    #[error("this link is not valid any more: a newer one was sent")]
    Superseded,
    /// The account was changed since the link was made.
    #[error("this link is not valid any more: the account was changed after it was made")]
    Revoked,
    /// The link is too old.
    #[error("this link has expired")]
    Expired,
}

impl From<LinkEnd> for LinkRefusal {
    fn from(end: LinkEnd) -> Self {
        match end {
            LinkEnd::Used => Self::Used,
            LinkEnd::Superseded => Self::Superseded,
            LinkEnd::Revoked => Self::Revoked,
            // It is unknown whether the link was used since the backup.
            LinkEnd::Restored => Self::Expired,
        }
    }
}

/// Why a link cannot be used now.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The link does nothing.
    #[error(transparent)]
    Refused(#[from] LinkRefusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
