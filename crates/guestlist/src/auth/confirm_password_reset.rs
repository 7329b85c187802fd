//! The owner of an account sets another password by a link.

use super::link::{LinkError, LinkRefusal};
use crate::{
    EpochRaise, Guestlist, LinkPurpose, Message, MessageKind, NewPasswordError, Password,
    SecurityEventKind, StoreError, User, identity_cache::Tombstone,
};

const PURPOSE: LinkPurpose = LinkPurpose::ResetPassword;

impl Guestlist {
    /// Checks a link for another password, and changes nothing. It is for the page that shows the
    /// form.
    pub async fn check_reset_link(&self, token: &str) -> Result<(), LinkError> {
        self.reset_link(token).await.map(drop)
    }

    /// Sets the password of the account that the link belongs to, and ends all sessions and
    /// personal access tokens. Only the owner of the mailbox has a mailed link, so it verifies
    /// the address, too; a link from an administrator does not. The user is not signed in. Returns
    /// the user.
    ///
    /// The link is bound to the user's epoch. So it works once, also if two calls race, and not
    /// after any other change of the password. A refused password spends nothing.
    pub async fn confirm_password_reset(
        &self,
        token: &str,
        new: Password,
    ) -> Result<User, ResetPasswordError> {
        let (message, mut user) = self.reset_link(token).await?;
        let hash = self.hash_new_password(new, &user.email).await?;
        let verifies_first = user.verified_at.is_none() && message.kind != MessageKind::ResetLink;
        if verifies_first {
            // A stranger may have signed up with the address and set a factor up. This comes before
            // the verification, so that a failure in between is repeated.
            self.drop_second_factor(user.id, &message).await?;
        }
        if message.kind != MessageKind::ResetLink {
            let verified = self
                .store()
                .verify_email(user.id, &message.to, self.now())
                .await?;
            if verified == crate::EmailVerification::Stale {
                return Err(LinkError::from(LinkRefusal::Revoked).into());
            }
        }
        let set = self.store().set_password(user.id, user.epoch, &hash);
        let set = set.await;
        // Also if the store's answer was lost: the password may be set.
        self.has_ended(Tombstone::User(user.id));
        match set? {
            EpochRaise::Raised(epoch) => user.epoch = epoch,
            EpochRaise::Stale => return Err(LinkError::from(LinkRefusal::Used).into()),
        }
        if verifies_first {
            // Again: now the stranger has no session any more to set one up.
            self.drop_second_factor(user.id, &message).await?;
        }
        self.mark_used(&message, PURPOSE).await?;
        let kind = SecurityEventKind::PasswordReset;
        let event = self.event_by_link(&message, user.id, kind);
        self.record_and_tell(&user, event).await;
        if verifies_first {
            self.ask_for_approval_of_verified(&user);
        }
        user.password_hash = Some(hash);
        Ok(user)
    }

    /// Returns the message of an active link and its user. The link must be bound to the user's
    /// epoch, and was made for the address that the user has now.
    async fn reset_link(&self, token: &str) -> Result<(Message, User), LinkError> {
        let message = self.active_link(token, PURPOSE).await?;
        let user = match message.user_id {
            Some(user) => self.store().find_user(user).await?,
            None => None,
        };
        let user = user.filter(|user| user.disabled_at.is_none());
        let user = user.ok_or(LinkRefusal::Revoked)?;
        let bound_to = message
            .link
            .as_ref()
            .and_then(|link| link.bound_to.as_deref());
        if bound_to != Some(&user.epoch.0.to_string()) || message.to != user.email {
            return Err(LinkRefusal::Revoked.into());
        }
        Ok((message, user))
    }
}

/// Why the password was not set.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// The link does nothing.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The password was refused. The link still works.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Email, UserStore, Wanted,
        auth::{
            fixture::{Fixture, PASSWORD, password},
            link_fixture::newest_token,
        },
        testing::email,
    };

    const NEW: &str = "a new exemplary one";

    async fn asked(fixture: &Fixture) -> String {
        let asked = fixture
            .guestlist
            .request_password_reset(&fixture.user.email);
        asked.await.expect("answers");
        newest_token(fixture, MessageKind::ResetPassword).await
    }

    async fn reset(fixture: &Fixture, token: &str, new: &str) -> Result<(), ResetPasswordError> {
        let new = password(new);
        let reset = fixture.guestlist.confirm_password_reset(token, new).await;
        reset.map(drop)
    }

    async fn refusal(fixture: &Fixture, token: &str) -> LinkRefusal {
        match fixture.guestlist.check_reset_link(token).await {
            Err(LinkError::Refused(shown)) => {
                match reset(fixture, token, "yet another long one").await {
                    Err(ResetPasswordError::Link(LinkError::Refused(used))) => {
                        assert_eq!(shown, used);
                        used
                    }
                    other => panic!("{other:?}"),
                }
            }
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_mailed_link_sets_the_password_once_verifies_the_address_and_ends_everything() {
        let fixture = Fixture::new().await;
        let session = fixture.sign_in(Wanted::DATABASE).await;
        let personal = fixture.personal_token().await;
        let token = asked(&fixture).await;
        for credential in [session.access_token.expose(), personal.secret.expose()] {
            assert!(fixture.opens(credential).await, "it is in the cache now");
        }
        fixture
            .guestlist
            .check_reset_link(&token)
            .await
            .expect("looking spends nothing");
        reset(&fixture, &token, NEW).await.expect("resets");
        for credential in [session.access_token.expose(), personal.secret.expose()] {
            assert!(!fixture.opens(credential).await);
        }
        assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_none());
        assert!(fixture.try_sign_in(NEW, Wanted::JWT).await.is_some());
        let user = fixture.store.find_user(fixture.user.id).await;
        let user = user.expect("answers").expect("is there");
        assert_eq!(user.verified_at, Some(fixture.now()));
        assert_eq!(refusal(&fixture, &token).await, LinkRefusal::Used);
        assert!(fixture.try_sign_in(NEW, Wanted::JWT).await.is_some());
    }

    #[tokio::test]
    async fn a_refused_password_spends_nothing_and_a_link_expires_after_an_hour() {
        let fixture = Fixture::new().await;
        let token = asked(&fixture).await;
        for weak in ["short", "password", "ada@example.com"] {
            let refused = reset(&fixture, &token, weak).await;
            assert!(
                matches!(refused, Err(ResetPasswordError::Password(_))),
                "{weak}"
            );
        }
        let user = fixture.store.find_user(fixture.user.id).await;
        let user = user.expect("answers").expect("is there");
        assert_eq!(
            user.verified_at, None,
            "a refused password verifies nothing"
        );
        fixture.advance(3_599);
        fixture
            .guestlist
            .check_reset_link(&token)
            .await
            .expect("works");
        fixture.advance(1);
        assert_eq!(refusal(&fixture, &token).await, LinkRefusal::Expired);
        assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_some());
    }

    #[tokio::test]
    async fn a_link_ends_with_the_password_the_address_or_the_account_it_was_made_for() {
        for change in ["password", "email", "disabled", "deleted"] {
            let fixture = Fixture::new().await;
            let token = asked(&fixture).await;
            let (guestlist, user) = (&fixture.guestlist, fixture.user.id);
            match change {
                "password" => {
                    let set = guestlist.set_password(user, password("an administrator's one"));
                    set.await.expect("sets");
                }
                "email" => {
                    let session = fixture.sign_in(Wanted::JWT).await.session.id;
                    let changed = guestlist.change_email(session, email("new@example.com"));
                    changed.await.expect("changes");
                }
                "disabled" => guestlist.disable_user(user).await.expect("disables"),
                _ => guestlist.delete_user(user).await.expect("deletes"),
            }
            let refused = guestlist.check_reset_link(&token).await;
            assert!(
                matches!(
                    refused,
                    Err(LinkError::Refused(
                        LinkRefusal::Revoked | LinkRefusal::Unknown
                    ))
                ),
                "{change}: {refused:?}"
            );
            let refused = reset(&fixture, &token, NEW).await;
            assert!(
                matches!(refused, Err(ResetPasswordError::Link(_))),
                "{change}"
            );
            assert!(fixture.try_sign_in(NEW, Wanted::JWT).await.is_none());
        }
    }

    /// A message for an unknown address has a link, too, and no user ever gets it.
    #[tokio::test]
    async fn a_link_for_an_unknown_address_or_of_another_purpose_does_nothing() {
        let fixture = Fixture::new().await;
        let unknown = Email::parse("nobody@example.com").expect("is an address");
        let asked = fixture.guestlist.request_password_reset(&unknown).await;
        asked.expect("answers");
        let token = newest_token(&fixture, MessageKind::ResetPassword).await;
        assert_eq!(refusal(&fixture, &token).await, LinkRefusal::Revoked);
        let sent = fixture
            .guestlist
            .request_email_verification(fixture.user.id)
            .await;
        sent.expect("sends");
        let token = newest_token(&fixture, MessageKind::VerifyEmail).await;
        assert_eq!(refusal(&fixture, &token).await, LinkRefusal::Unknown);
        for token in ["", "x", &"A".repeat(64), &format!("{token}A")] {
            assert_eq!(refusal(&fixture, token).await, LinkRefusal::Unknown);
        }
    }

    #[tokio::test]
    async fn of_racing_uses_of_one_link_one_sets_the_password() {
        let fixture = Fixture::new().await;
        let token = asked(&fixture).await;
        let passwords: Vec<_> = (0..32).map(|it| format!("racing password {it}")).collect();
        let mut racing = tokio::task::JoinSet::new();
        for new in passwords.clone() {
            let (guestlist, token) = (fixture.guestlist.clone(), token.clone());
            racing.spawn(async move {
                let done = guestlist.confirm_password_reset(&token, password(&new));
                (done.await.is_ok(), new)
            });
        }
        let done = racing.join_all().await;
        let won: Vec<_> = done.iter().filter(|(won, _)| *won).collect();
        assert_eq!(won.len(), 1);
        for new in &passwords {
            let opens = fixture.try_sign_in(new, Wanted::JWT).await.is_some();
            assert_eq!(opens, *new == won[0].1, "{new}");
        }
    }

    #[tokio::test]
    async fn a_link_of_an_administrator_resets_once_and_does_not_verify() {
        let fixture = Fixture::new().await;
        let mailed = asked(&fixture).await;
        let made = fixture.guestlist.make_reset_link(fixture.user.id).await;
        let made = made.expect("makes");
        // A visitor who asks for a mail does not end the administrator's link, nor the reverse.
        assert_eq!(asked(&fixture).await, mailed);
        fixture
            .guestlist
            .check_reset_link(&mailed)
            .await
            .expect("works");
        let token = made.token.expose();
        reset(&fixture, token, NEW).await.expect("resets");
        let user = fixture.store.find_user(fixture.user.id).await;
        let user = user.expect("answers").expect("is there");
        assert_eq!(user.verified_at, None);
        assert!(fixture.try_sign_in(NEW, Wanted::JWT).await.is_some());
        assert_eq!(refusal(&fixture, token).await, LinkRefusal::Used);
        assert_eq!(refusal(&fixture, &mailed).await, LinkRefusal::Revoked);
    }
}
