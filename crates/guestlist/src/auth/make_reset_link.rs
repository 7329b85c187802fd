//! An administrator makes a link with which a user sets another password.

use super::request_password_reset::RESET_LIFETIME;
use crate::{
    Actor, DeliveryState, Guestlist, LinkPurpose, LinkToken, Message, MessageData,
    MessageInsertion, MessageKind, SecurityEventKind, StoreError, Timestamp, UserId,
};

impl Guestlist {
    /// Makes a link for another password, to hand over to the user. Nothing is sent. It works once,
    /// for one hour; a newer one ends the older one. It does not verify the address, because its
    /// user need not own the mailbox.
    pub async fn make_reset_link(&self, user: UserId) -> Result<MadeResetLink, MakeResetLinkError> {
        let found = self.store().find_user(user).await?;
        let user = found.ok_or(MakeResetLinkError::NoSuchUser)?;
        if user.disabled_at.is_some() {
            return Err(MakeResetLinkError::Disabled);
        }
        let now = self.now();
        let expires_at = now.plus(RESET_LIFETIME);
        let mut message = Message::new(
            MessageKind::ResetLink,
            Some(user.id),
            user.email.clone(),
            MessageData::new(),
            now,
        )
        .with_link(
            LinkPurpose::ResetPassword,
            Some(user.epoch.0.to_string()),
            expires_at,
        );
        let event = self.event_by(Actor::System, user.id, SecurityEventKind::ResetLinkMade);
        message.delivery.state = DeliveryState::Dropped;
        message.delivery.error = Some(never_sent(event.actor).to_owned());
        let token = self.token_of_link(&message);
        match (self.store().insert_message(&message).await?, token) {
            (MessageInsertion::Done | MessageInsertion::Resent(_), Some(token)) => {
                self.record_and_tell(&user, event).await;
                Ok(MadeResetLink { token, expires_at })
            }
            _ => Err(MakeResetLinkError::NoSuchUser),
        }
    }
}

/// Returns why the message of the link was not sent: who made the link.
fn never_sent(actor: Actor) -> &'static str {
    match actor {
        Actor::Admin(_) => "made by an administrator, never sent",
        Actor::CommandLine => "made by a command on the server, never sent",
        Actor::User | Actor::System => "made by a program, never sent",
    }
}

/// A link for another password.
#[derive(Debug)]
pub struct MadeResetLink {
    /// The token; [`LinkToken::url`] makes the link.
    pub token: LinkToken,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum MakeResetLinkError {
    /// No user has this id.
    #[error("there is no such user")]
    NoSuchUser,
    /// The user is disabled, so a new password would open nothing.
    #[error("the user is disabled; enable the user first")]
    Disabled,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{
        fixture::Fixture,
        link::{LinkError, LinkRefusal},
        link_fixture::newest,
    };

    #[tokio::test]
    async fn a_newer_link_ends_the_older_one_and_no_mail_is_due() {
        let fixture = Fixture::new().await;
        let (guestlist, user) = (&fixture.guestlist, fixture.user.id);
        let first = guestlist.make_reset_link(user).await.expect("makes");
        let second = guestlist.make_reset_link(user).await.expect("makes");
        let old = guestlist.check_reset_link(first.token.expose()).await;
        assert!(matches!(
            old,
            Err(LinkError::Refused(LinkRefusal::Superseded))
        ));
        let new = guestlist.check_reset_link(second.token.expose()).await;
        assert!(new.is_ok());
        let due = guestlist.store().claim_due_messages(
            fixture.now(),
            10,
            std::time::Duration::from_secs(60),
        );
        let due = due.await.expect("answers");
        let is_notice = |message: &Message| message.kind == MessageKind::AccountChanged;
        assert!(due.iter().all(is_notice), "{due:?}");
    }

    #[tokio::test]
    async fn the_outbox_says_who_made_the_link() {
        let fixture = Fixture::new().await;
        let admin = Actor::Admin(UserId::new(fixture.now()));
        for (actor, words) in [
            (admin, "made by an administrator, never sent"),
            (
                Actor::CommandLine,
                "made by a command on the server, never sent",
            ),
        ] {
            fixture.advance(1);
            let guestlist = fixture.guestlist.acting_as(actor);
            let made = guestlist.make_reset_link(fixture.user.id).await;
            made.expect("makes");
            let message = newest(&fixture, MessageKind::ResetLink).await;
            assert_eq!(message.delivery.error.as_deref(), Some(words));
        }
    }

    #[tokio::test]
    async fn a_missing_or_disabled_user_gets_no_link() {
        let fixture = Fixture::new().await;
        let unknown = UserId::new(fixture.now());
        let made = fixture.guestlist.make_reset_link(unknown).await;
        assert!(matches!(made, Err(MakeResetLinkError::NoSuchUser)));
        let user = fixture.user.id;
        fixture
            .guestlist
            .disable_user(user)
            .await
            .expect("disables");
        let made = fixture.guestlist.make_reset_link(user).await;
        assert!(matches!(made, Err(MakeResetLinkError::Disabled)));
    }
}
