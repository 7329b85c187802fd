//! The owner of an account says that they did not do what a notice tells.

use super::link::{LinkError, LinkRefusal};
use crate::{
    EmailRestoration, Guestlist, LinkPurpose, Message, MessageData, SecurityEventKind, StoreError,
    Timestamp, User, detail,
    identity_cache::Tombstone,
    mail::{NOT_ME, told, told_event},
};

const PURPOSE: LinkPurpose = LinkPurpose::NotMe;

/// What a notice told its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened, in one or two sentences.
    pub about: String,
    /// When it happened.
    pub at: Timestamp,
}

impl Guestlist {
    /// Returns what the notice of an active link told, and changes nothing. It is for the page that
    /// shows the form.
    pub async fn check_not_me_link(&self, token: &str) -> Result<Notice, LinkError> {
        let (message, _) = self.not_me_link(token).await?;
        let at = told_event(&message.data).map_or(message.created_at, |(_, at)| at);
        let about = told(&message.data).unwrap_or_default();
        Ok(Notice { about, at })
    }

    /// Ends all sessions and personal access tokens of the account, and removes the password. A
    /// second factor and recovery codes that were added since the event of the notice are removed;
    /// earlier ones stay, unless the address was never verified. A mail to the same address has a
    /// link for another password.
    ///
    /// The link works once, and only while the account has the address that the notice went to.
    /// After a change of the address, the link that undoes the change does more. It is not bound to
    /// the user's epoch, because a thief who changes the password must not end it. Links of later
    /// notices end, and those of earlier ones stay: they remove more.
    pub async fn report_not_me(&self, token: &str) -> Result<(), LinkError> {
        let (message, user) = self.not_me_link(token).await?;
        let told = told_event(&message.data);
        let was_verified = user.verified_at.is_some();
        if !was_verified {
            // A stranger may have signed up with the address and set a factor up. This comes before
            // the restoration, which verifies the address, so that a failure in between is repeated.
            self.drop_second_factor(user.id, &message).await?;
        }
        // The end of everything comes before the rest: it can be repeated if a crash follows.
        let store = self.store();
        let ended = store.restore_email(user.id, &user.email, self.now()).await;
        // Also if the store's answer was lost: it may be done.
        self.has_ended(Tombstone::User(user.id));
        match ended? {
            EmailRestoration::Restored(_) => {}
            EmailRestoration::Taken | EmailRestoration::Gone => {
                return Err(LinkRefusal::Revoked.into());
            }
        }
        let event = self.event_by_link(&message, user.id, SecurityEventKind::NotMe);
        self.record_event(match told {
            Some((told, _)) => event.with(detail::REASON, told),
            None => event,
        })
        .await;
        if was_verified {
            let since = told.map_or(message.created_at, |(_, at)| at);
            self.drop_second_factor_since(user.id, since, &message)
                .await?;
        } else {
            // Again: now the stranger has no session any more to set one up.
            self.drop_second_factor(user.id, &message).await?;
        }
        let change = LinkPurpose::ChangeEmail;
        store.end_links(user.id, change, self.now()).await?;
        self.end_later_links(user.id, PURPOSE, &message).await?;
        self.start_reset_after(&user).await?;
        let used = store.consume_link(message.id, PURPOSE, self.now()).await?;
        used.map(drop).ok_or(LinkRefusal::Used.into())
    }

    /// Queues the mail with a link for another password. The user is read again: if two calls race,
    /// the link of the later mail fits the later epoch.
    async fn start_reset_after(&self, user: &User) -> Result<(), StoreError> {
        let user = self.store().find_user(user.id).await?;
        if let Some(user) = user.filter(|user| user.disabled_at.is_none()) {
            let data = MessageData::new().with(NOT_ME, "true");
            self.send_reset(Some(&user), &user.email, data).await?;
        }
        Ok(())
    }

    async fn not_me_link(&self, token: &str) -> Result<(Message, User), LinkError> {
        let message = self.active_link(token, PURPOSE).await?;
        let user = match message.user_id {
            Some(user) => self.store().find_user(user).await?,
            None => None,
        };
        let user = user.filter(|user| user.email == message.to);
        let user = user.ok_or(LinkRefusal::Revoked)?;
        Ok((message, user))
    }
}

#[cfg(test)]
mod tests;
