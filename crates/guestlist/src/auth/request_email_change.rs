//! A user asks for another e-mail address, which its mailbox must confirm.

use std::time::Duration;

use super::change_email::ChangeEmailError;
use crate::{
    DeliveryState, Email, Guestlist, LinkPurpose, Message, MessageData, MessageInsertion,
    MessageKind, ReauthenticatedError, SecurityEventKind, SessionId, StoreError, Timestamp, User,
    UserId,
};

/// How long the link that confirms the new address is valid.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

impl Guestlist {
    /// Queues a mail to the new address of the session's user, who must have reauthenticated a
    /// moment ago. The address changes when the link in the mail is used. A newer request replaces
    /// an older one, also if the new address already got too many mails ([`Limits`](crate::Limits))
    /// and gets no further one. Without mail, and for another spelling of the same address, the
    /// change takes effect at once.
    ///
    /// # Errors
    ///
    /// The errors of [`change_email`](Self::change_email). If addresses are concealed
    /// ([`AccountRules`](crate::AccountRules)), a taken address gets the same answer as a free one,
    /// and a mail tells its owner.
    pub async fn request_email_change(
        &self,
        current_session: SessionId,
        new: Email,
    ) -> Result<EmailChangeRequest, ChangeEmailError> {
        let (session, user) = self.check_reauthenticated(current_session).await?;
        if !self.account_rules().sends_mail || user.email == new {
            let changed = self.change_email(current_session, new).await?;
            return Ok(EmailChangeRequest::Changed(Box::new(changed)));
        }
        let holder = self.holder_of(&new).await?;
        let owner = holder.filter(|holder| holder.id != user.id);
        if owner.is_some() && !self.account_rules().conceals() {
            return Err(ChangeEmailError::EmailTaken);
        }
        let now = self.now();
        let expires_at = now.plus(LIFETIME);
        if !self.counts_mail(&new).await? {
            self.end_change_to_another(user.id, &new).await?;
            return Ok(EmailChangeRequest::Pending { expires_at });
        }
        let mut message = Message::new(
            MessageKind::ChangeEmail,
            Some(user.id),
            new.clone(),
            MessageData::new(),
            now,
        )
        .with_link(
            LinkPurpose::ChangeEmail,
            Some(session.epoch.0.to_string()),
            expires_at,
        );
        if let Some(owner) = &owner {
            // The request is shown as pending, as it is for a free address, and no mailbox gets a link.
            message.delivery.state = DeliveryState::Dropped;
            message.delivery.error = Some("another account has the address".to_owned());
            self.tell_owner(owner, new).await?;
        }
        if self.store().insert_message(&message).await? == MessageInsertion::UserGone {
            return Err(ReauthenticatedError::SessionEnded.into());
        }
        self.record_event(self.event(user.id, SecurityEventKind::EmailChangeRequested))
            .await;
        Ok(EmailChangeRequest::Pending { expires_at })
    }

    /// Ends an earlier request for another address. A link to the same address stays: its mail may
    /// be all that the mailbox gets.
    async fn end_change_to_another(&self, user: UserId, new: &Email) -> Result<(), StoreError> {
        match self.pending_email_change(user).await? {
            Some(pending) if pending != *new => self.cancel_email_change(user).await,
            _ => Ok(()),
        }
    }

    /// Returns the address that the user asked for and that is not confirmed yet.
    pub async fn pending_email_change(&self, user: UserId) -> Result<Option<Email>, StoreError> {
        let now = self.now();
        let store = self.store();
        let found = store.find_active_link(user, LinkPurpose::ChangeEmail, now);
        Ok(found.await?.map(|message| message.to))
    }

    /// Cancels a change that is not confirmed yet: its link does nothing any more.
    pub async fn cancel_email_change(&self, user: UserId) -> Result<(), StoreError> {
        let now = self.now();
        let store = self.store();
        let ended = store.end_links(user, LinkPurpose::ChangeEmail, now).await?;
        if ended > 0 {
            tracing::info!(%user, "a change of the e-mail address was cancelled");
        }
        Ok(())
    }
}

/// The outcome of [`Guestlist::request_email_change`].
#[derive(Debug)]
pub enum EmailChangeRequest {
    /// The address is changed already. This is the user now.
    Changed(Box<User>),
    /// The new address must be confirmed.
    Pending {
        /// When the link in the mail expires.
        expires_at: Timestamp,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AccountRules, UserStore, Wanted,
        auth::{
            confirm_email_change::ConfirmEmailChangeError, fixture::Fixture,
            link_fixture::newest_token,
        },
        testing::email,
    };

    async fn with_mail() -> (Fixture, SessionId) {
        let rules = AccountRules {
            sends_mail: true,
            require_verified: false,
            conceal: false,
        };
        let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
        let session = fixture.sign_in(Wanted::JWT).await.session.id;
        (fixture, session)
    }

    async fn request(fixture: &Fixture, session: SessionId, new: &str) {
        let asked = fixture.guestlist.request_email_change(session, email(new));
        asked.await.expect("asks");
    }

    async fn reach_limit(fixture: &Fixture, address: &str) {
        let address = email(address);
        let count = async || fixture.guestlist.counts_mail(&address).await;
        while count().await.expect("counts") {}
    }

    /// The link to a mistyped address still changed the address.
    #[tokio::test]
    async fn a_newer_request_ends_the_older_one_also_without_a_mail() {
        let (fixture, session) = with_mail().await;
        let guestlist = &fixture.guestlist;
        reach_limit(&fixture, "right@example.com").await;
        // The first address gets no further mail, and the second change needs no mail.
        for new in ["right@example.com", "ADA@example.com"] {
            request(&fixture, session, "mistyped@example.com").await;
            let mistyped = newest_token(&fixture, MessageKind::ChangeEmail).await;
            request(&fixture, session, new).await;
            let pending = guestlist.pending_email_change(fixture.user.id).await;
            assert_eq!(pending.expect("answers"), None, "{new}");
            let used = guestlist.confirm_email_change(&mistyped).await;
            let is_refused = matches!(used, Err(ConfirmEmailChangeError::Link(_)));
            assert!(is_refused, "{new}");
        }
        let ada = fixture.store.find_user(fixture.user.id).await;
        let ada = ada.expect("answers").expect("is there");
        assert_eq!(ada.email.as_given(), "ADA@example.com");
    }

    /// The mailbox gets no further mail, so the link that it has must stay.
    #[tokio::test]
    async fn a_link_stays_while_its_address_gets_no_other_mail() {
        let (fixture, session) = with_mail().await;
        request(&fixture, session, "new@example.com").await;
        let token = newest_token(&fixture, MessageKind::ChangeEmail).await;
        reach_limit(&fixture, "new@example.com").await;
        request(&fixture, session, "new@example.com").await;
        let changed = fixture.guestlist.confirm_email_change(&token).await;
        changed.expect("changes");
    }
}
