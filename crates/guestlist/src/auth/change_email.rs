//! Somebody is to be known by another e-mail address.

use crate::{
    Email, EmailChange, FreshError, Guestlist, SessionId, StoreError, User,
    identity_cache::Tombstone,
};

impl Guestlist {
    /// Gives whose session that is another address to sign in with, if the password was proven a moment
    /// ago (OWASP ASVS 5.0, 7.5.1). Nobody has verified it; all sessions go on.
    pub async fn change_email(
        &self,
        current_session: SessionId,
        new: Email,
    ) -> Result<User, ChangeEmailError> {
        let (session, user) = self.fresh(current_session).await?;
        let changed = self.store().set_email(user.id, session.epoch, &new).await?;
        match changed {
            EmailChange::Changed => {}
            EmailChange::Taken => return Err(ChangeEmailError::EmailTaken),
            EmailChange::Stale => return Err(FreshError::SessionEnded.into()),
        }
        // Whoever was identified before was so by the old address.
        self.has_ended(Tombstone::User(user.id));
        tracing::info!(user = %user.id, "e-mail address changed");
        let is_the_same = user.email == new;
        Ok(User {
            email: new,
            verified_at: user.verified_at.filter(|_| is_the_same),
            password_hash: None,
            ..user
        })
    }
}

/// Why somebody still has the old address.
#[derive(Debug, thiserror::Error)]
pub enum ChangeEmailError {
    /// Another user has that address.
    #[error("a user with this e-mail address exists already")]
    EmailTaken,
    /// The password has to be proven again, or the session is over.
    #[error(transparent)]
    Fresh(#[from] FreshError),
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, Password, Wanted,
        auth::scene::{PASSWORD, Scene, password},
        testing::email,
    };

    #[tokio::test]
    async fn the_new_address_signs_in_and_the_old_one_does_not() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        let token = signed_in.access_token.expose();
        assert!(scene.opens(token).await, "cached");
        let changed = scene
            .guestlist
            .change_email(signed_in.session.id, email("Ada@New.example"));
        let changed = changed.await.expect("changes");
        assert_eq!(changed.email.as_given(), "Ada@New.example");
        let identity = scene.guestlist.identify(token).await.expect("goes on");
        assert_eq!(identity.user.email, changed.email, "at once");
        let sign_in = async |address: &str| {
            let (address, client) = (email(address), Client::default());
            let password = Password::new(PASSWORD);
            let signed_in = scene
                .guestlist
                .sign_in(Some(&address), password, client, Wanted::JWT);
            signed_in.await.is_ok()
        };
        assert!(sign_in("ada@new.example").await);
        assert!(!sign_in("ada@example.com").await);
    }

    #[tokio::test]
    async fn an_address_of_somebody_else_is_refused_and_ones_own_in_another_spelling_is_not() {
        let scene = Scene::new().await;
        let session = scene.sign_in(Wanted::JWT).await.session.id;
        let eve = scene
            .guestlist
            .sign_up(email("eve@example.com"), password(PASSWORD));
        eve.await.expect("signs up");
        let taken = scene
            .guestlist
            .change_email(session, email("EVE@example.com"));
        assert!(matches!(taken.await, Err(ChangeEmailError::EmailTaken)));
        let same = scene
            .guestlist
            .change_email(session, email("ADA@example.com"));
        assert_eq!(
            same.await.expect("changes").email.as_given(),
            "ADA@example.com"
        );
    }

    #[tokio::test]
    async fn without_a_proof_of_a_moment_ago_or_in_a_session_that_is_over_nothing_changes() {
        let scene = Scene::new().await;
        let session = scene.sign_in(Wanted::DATABASE).await.session.id;
        let change = || {
            scene
                .guestlist
                .change_email(session, email("new@example.com"))
        };
        scene.advance(600);
        let refused = change().await;
        assert!(matches!(
            refused,
            Err(ChangeEmailError::Fresh(FreshError::ProofRequired))
        ));
        scene.guestlist.sign_out(session).await.expect("ends");
        let refused = change().await;
        assert!(matches!(
            refused,
            Err(ChangeEmailError::Fresh(FreshError::SessionEnded))
        ));
        assert!(scene.try_sign_in(PASSWORD, Wanted::JWT).await.is_some());
    }
}
