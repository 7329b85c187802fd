//! The owner of the new mailbox confirms the change of an address.

use std::time::Duration;

use super::link::{LinkError, LinkRefusal};
use crate::{
    Email, EmailChange, Guestlist, LinkPurpose, Message, MessageKind, SecurityEventKind,
    StoreError, User, detail, identity_cache::Tombstone, mail::notice_data,
};

const PURPOSE: LinkPurpose = LinkPurpose::ChangeEmail;
/// How long the owner of the old address can undo the change. Until then no other user gets the old
/// address.
const UNDO: Duration = Duration::from_secs(72 * 60 * 60);

impl Guestlist {
    /// Returns the new address of an active link, and changes nothing. It is for the page that
    /// shows the form.
    pub async fn check_email_change_link(&self, token: &str) -> Result<Email, LinkError> {
        let (message, _) = self.email_change_link(token).await?;
        Ok(message.to)
    }

    /// Gives the account the address that the link was sent to, verified. All sessions go on. The
    /// old address gets a notice with a link that undoes the change for 72 hours.
    pub async fn confirm_email_change(&self, token: &str) -> Result<(), ConfirmEmailChangeError> {
        let (message, user) = self.email_change_link(token).await?;
        let now = self.now();
        let consumed = self.store().consume_link(message.id, PURPOSE, now).await?;
        consumed.ok_or(LinkError::from(LinkRefusal::Used))?;
        // The notice comes first: it reserves the old address before the change frees it, and a
        // crash cannot lose it.
        let notice = self.insert_notice(&user, &message.to).await?;
        // The address is verified by the same write, so that no crash leaves it unverified.
        let changed = self.set_unreserved_email(&user, user.epoch, &message.to, Some(now));
        let changed = changed.await;
        // Cached identities have the old address.
        self.has_ended(Tombstone::User(user.id));
        if let Err(StoreError::Failed(_)) = &changed {
            // The address is the old one, and its owner must not read that it changed.
            self.withdraw_notice(&notice).await?;
        }
        let refused = match changed? {
            EmailChange::Changed => None,
            EmailChange::Taken => Some(ConfirmEmailChangeError::EmailTaken),
            EmailChange::Stale => Some(LinkError::from(LinkRefusal::Revoked).into()),
        };
        if let Some(refused) = refused {
            self.withdraw_notice(&notice).await?;
            return Err(refused);
        }
        let kind = SecurityEventKind::EmailChanged;
        let event = self.event_by_link(&message, user.id, kind);
        let event = event.with(detail::FROM, user.email.as_given());
        self.record_event(event.with(detail::TO, message.to.as_given()))
            .await;
        Ok(())
    }

    async fn insert_notice(&self, user: &User, new: &Email) -> Result<Message, StoreError> {
        let now = self.now();
        let event = self.event(user.id, SecurityEventKind::EmailChanged);
        let data = notice_data(&event).with("new_address", new.as_given());
        let kind = MessageKind::EmailChanged;
        let notice = Message::new(kind, Some(user.id), user.email.clone(), data, now).with_link(
            LinkPurpose::UndoEmail,
            None,
            now.plus(UNDO),
        );
        self.store().insert_message(&notice).await?;
        Ok(notice)
    }

    /// Takes back the notice of a change that was not done. A node may be sending it already; then
    /// its link does nothing.
    async fn withdraw_notice(&self, notice: &Message) -> Result<(), StoreError> {
        let store = self.store();
        let undo = LinkPurpose::UndoEmail;
        store.consume_link(notice.id, undo, self.now()).await?;
        let attempt = notice.delivery.attempt;
        let dropped = store.mark_dropped(notice.id, attempt, "the address was not changed");
        dropped.await.map(drop)
    }

    /// Returns the message of an active link and its user. The link must be bound to the user's
    /// epoch: it ends with the sessions of the user who asked for it.
    async fn email_change_link(&self, token: &str) -> Result<(Message, User), LinkError> {
        let message = self.active_link(token, PURPOSE).await?;
        let user = match message.user_id {
            Some(user) => self.store().find_user(user).await?,
            None => None,
        };
        let user = user.filter(|user| user.disabled_at.is_none());
        let user = user.ok_or(LinkRefusal::Revoked)?;
        let link = message.link.as_ref();
        let bound_to = link.and_then(|link| link.bound_to.as_deref());
        if bound_to != Some(&user.epoch.0.to_string()) {
            return Err(LinkRefusal::Revoked.into());
        }
        Ok((message, user))
    }
}

/// Why the address was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmEmailChangeError {
    /// Another user has that address now.
    #[error("another account has this e-mail address now")]
    EmailTaken,
    /// The link does nothing.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
