//! A user changes the e-mail address.

use crate::{
    Email, EmailChange, Epoch, Guestlist, LinkPurpose, ReauthenticatedError, SecurityEventKind,
    SessionId, StoreError, Timestamp, User, detail, identity_cache::Tombstone,
};

impl Guestlist {
    /// Changes the e-mail address of the session's user, who must have reauthenticated a moment ago
    /// (OWASP ASVS 5.0, 7.5.1). The new address is unverified, except for another spelling of the
    /// same address. All sessions go on. An earlier request for another address ends. The address
    /// that the user has already changes nothing else.
    pub async fn change_email(
        &self,
        current_session: SessionId,
        new: Email,
    ) -> Result<User, ChangeEmailError> {
        let (session, user) = self.check_reauthenticated(current_session).await?;
        if user.email.as_given() == new.as_given() {
            self.cancel_email_change(user.id).await?;
            return Ok(User {
                password_hash: None,
                ..user
            });
        }
        let changed = self
            .set_unreserved_email(&user, session.epoch, &new, None)
            .await?;
        match changed {
            EmailChange::Changed => {}
            EmailChange::Taken => return Err(ChangeEmailError::EmailTaken),
            EmailChange::Stale => return Err(ReauthenticatedError::SessionEnded.into()),
        }
        // Cached identities have the old address.
        self.has_ended(Tombstone::User(user.id));
        let event = self.event(user.id, SecurityEventKind::EmailChanged);
        let event = event
            .with(detail::FROM, user.email.as_given())
            .with(detail::TO, new.as_given());
        self.record_event(event).await;
        let ended = self.cancel_email_change(user.id).await;
        ended.map_err(StoreError::unknown)?;
        let is_the_same = user.email == new;
        Ok(User {
            email: new,
            verified_at: user.verified_at.filter(|_| is_the_same),
            password_hash: None,
            ..user
        })
    }
}

impl Guestlist {
    /// Sets the address unless another user has it, or can still undo a change away from it. A
    /// change reserves the old address before it frees it, so looking again afterwards leaves no
    /// gap. The new address counts as verified at `verified_at`.
    pub(super) async fn set_unreserved_email(
        &self,
        user: &User,
        expected: Epoch,
        new: &Email,
        verified_at: Option<Timestamp>,
    ) -> Result<EmailChange, StoreError> {
        if self.is_reserved_for_another(user, new).await? {
            return Ok(EmailChange::Taken);
        }
        let store = self.store();
        let changed = store.set_email(user.id, expected, new, verified_at).await?;
        if changed == EmailChange::Changed && self.is_reserved_for_another(user, new).await? {
            let back = store.set_email(user.id, expected, &user.email, user.verified_at);
            back.await?;
            return Ok(EmailChange::Taken);
        }
        Ok(changed)
    }

    async fn is_reserved_for_another(
        &self,
        user: &User,
        email: &Email,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let store = self.store();
        let reserved = store.find_active_link_to(email, LinkPurpose::UndoEmail, now);
        let holder = reserved.await?.and_then(|message| message.user_id);
        Ok(holder.is_some_and(|holder| holder != user.id))
    }
}

/// Why the e-mail address was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeEmailError {
    /// Another user has that address.
    #[error("a user with this e-mail address exists already")]
    EmailTaken,
    /// The user must reauthenticate, or the session has ended.
    #[error(transparent)]
    Reauthenticated(#[from] ReauthenticatedError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, Password, SecurityEvent, Wanted,
        auth::fixture::{Fixture, PASSWORD, password},
        testing::email,
    };

    #[tokio::test]
    async fn the_new_address_signs_in_and_the_old_one_does_not() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let token = signed_in.access_token.expose();
        assert!(fixture.opens(token).await, "cached");
        let changed = fixture
            .guestlist
            .change_email(signed_in.session.id, email("Ada@New.example"));
        let changed = changed.await.expect("changes");
        assert_eq!(changed.email.as_given(), "Ada@New.example");
        let identity = fixture.guestlist.identify(token).await.expect("goes on");
        assert_eq!(identity.user.email, changed.email, "at once");
        let sign_in = async |address: &str| {
            let (address, client) = (email(address), Client::default());
            let password = Password::new(PASSWORD);
            let signed_in =
                fixture
                    .guestlist
                    .sign_in(Some(&address), password, client, Wanted::JWT);
            signed_in.await.is_ok()
        };
        assert!(sign_in("ada@new.example").await);
        assert!(!sign_in("ada@example.com").await);
    }

    #[tokio::test]
    async fn another_users_address_is_refused_and_another_spelling_of_ones_own_is_accepted() {
        let fixture = Fixture::new().await;
        let session = fixture.sign_in(Wanted::JWT).await.session.id;
        let eve = fixture
            .guestlist
            .sign_up(email("eve@example.com"), password(PASSWORD));
        eve.await.expect("signs up");
        let taken = fixture
            .guestlist
            .change_email(session, email("EVE@example.com"));
        assert!(matches!(taken.await, Err(ChangeEmailError::EmailTaken)));
        let same = fixture
            .guestlist
            .change_email(session, email("ADA@example.com"));
        assert_eq!(
            same.await.expect("changes").email.as_given(),
            "ADA@example.com"
        );
    }

    #[tokio::test]
    async fn the_address_that_the_user_has_changes_nothing_and_is_not_in_the_log() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::JWT).await;
        let (session, user) = (signed_in.session.id, signed_in.user);
        let same = fixture.guestlist.change_email(session, user.email.clone());
        assert_eq!(same.await.expect("answers").email, user.email);
        let log = fixture
            .guestlist
            .list_security_events_of(user.id, None, 10)
            .await
            .expect("lists");
        let is_change = |event: &SecurityEvent| event.kind == SecurityEventKind::EmailChanged;
        assert!(!log.iter().any(is_change), "{log:?}");
    }

    #[tokio::test]
    async fn without_recent_reauthentication_or_in_an_ended_session_the_address_stays() {
        let fixture = Fixture::new().await;
        let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
        let change = || {
            fixture
                .guestlist
                .change_email(session, email("new@example.com"))
        };
        fixture.advance(600);
        let refused = change().await;
        assert!(matches!(
            refused,
            Err(ChangeEmailError::Reauthenticated(
                ReauthenticatedError::Required
            ))
        ));
        fixture.guestlist.sign_out(session).await.expect("ends");
        let refused = change().await;
        assert!(matches!(
            refused,
            Err(ChangeEmailError::Reauthenticated(
                ReauthenticatedError::SessionEnded
            ))
        ));
        assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_some());
    }
}
