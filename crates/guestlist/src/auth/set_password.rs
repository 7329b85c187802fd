//! An administrator sets a user's password, and all sessions end.

use crate::{
    Actor, EpochRaise, Guestlist, NewPasswordError, Password, Pauses, SecurityEventKind,
    StoreError, UserId, identity_cache::Tombstone,
};

/// How often this is tried while other operations change the user.
const TRIES: u32 = 5;

impl Guestlist {
    /// Sets the user's password without asking for the old one, and ends all sessions. If two calls
    /// run at the same time, the password of the later one stays.
    pub async fn set_password(
        &self,
        user: UserId,
        password: Password,
    ) -> Result<(), SetPasswordError> {
        let find = || async {
            let found = self.store().find_user(user).await?;
            found.ok_or(SetPasswordError::NoSuchUser)
        };
        let mut found = find().await?;
        let hash = self.hash_new_password(password, &found.email).await?;
        let mut pauses = Pauses::default();
        for _ in 0..TRIES {
            let set = self.store().set_password(user, found.epoch, &hash);
            if let EpochRaise::Raised(_) = set.await? {
                self.has_ended(Tombstone::User(user));
                let kind = SecurityEventKind::PasswordSetByAdmin;
                let event = self.event_by(Actor::System, user, kind);
                self.record_and_tell(&found, event).await;
                return Ok(());
            }
            pauses.wait().await;
            found = find().await?;
        }
        Err(SetPasswordError::Contended)
    }
}

/// Why the user may not have the new password.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// No user has this id.
    #[error("there is no such user")]
    NoSuchUser,
    /// The password was refused.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// Other operations changed the user at every try.
    #[error("other operations kept changing the user; try again")]
    Contended,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, Email, SignedIn, SystemClock, Wanted,
        clock::Clock,
        testing::{email, guestlist},
    };

    async fn sign_in(guestlist: &Guestlist, ada: &Email, password: &str) -> Option<SignedIn> {
        let password = Password::new(password);
        let signed_in = guestlist.sign_in(Some(ada), password, Client::default(), Wanted::DATABASE);
        signed_in.await.ok()
    }

    #[tokio::test]
    async fn the_new_password_signs_in_and_old_sessions_end() {
        let (guestlist, ada) = (guestlist(), email("ada@example.com"));
        let user = guestlist.sign_up(ada.clone(), Password::new("exemplary"));
        let user = user.await.expect("signs up").id;
        let before = sign_in(&guestlist, &ada, "exemplary").await;
        let token = before.expect("signs in").access_token;
        assert!(guestlist.identify(token.expose()).await.is_ok());
        let set = guestlist.set_password(user, Password::new("another one"));
        set.await.expect("sets");
        assert!(guestlist.identify(token.expose()).await.is_err());
        assert!(sign_in(&guestlist, &ada, "exemplary").await.is_none());
        assert!(sign_in(&guestlist, &ada, "another one").await.is_some());
    }

    #[tokio::test]
    async fn a_refused_password_changes_nothing() {
        let (guestlist, ada) = (guestlist(), email("ada.lovelace@example.com"));
        let user = guestlist.sign_up(ada.clone(), Password::new("exemplary"));
        let user = user.await.expect("signs up").id;
        for password in ["short", "password", "ada.lovelace"] {
            let set = guestlist.set_password(user, Password::new(password)).await;
            assert!(
                matches!(
                    set,
                    Err(SetPasswordError::Password(NewPasswordError::Refused { .. }))
                ),
                "{password}"
            );
        }
        assert!(sign_in(&guestlist, &ada, "exemplary").await.is_some());
        let unknown = UserId::new(SystemClock::new().now());
        let set = guestlist.set_password(unknown, Password::new("another one"));
        assert!(matches!(set.await, Err(SetPasswordError::NoSuchUser)));
    }

    /// Finding out that the password is unchanged would cost another hash, and setting it again
    /// does no harm.
    #[tokio::test]
    async fn the_same_password_is_accepted_again_and_ends_the_sessions() {
        let (guestlist, ada) = (guestlist(), email("ada@example.com"));
        let user = guestlist.sign_up(ada.clone(), Password::new("exemplary"));
        let user = user.await.expect("signs up").id;
        let before = sign_in(&guestlist, &ada, "exemplary").await;
        let token = before.expect("signs in").access_token;
        assert!(guestlist.identify(token.expose()).await.is_ok());
        let set = guestlist.set_password(user, Password::new("exemplary"));
        set.await.expect("sets");
        assert!(guestlist.identify(token.expose()).await.is_err());
        assert!(sign_in(&guestlist, &ada, "exemplary").await.is_some());
    }

    #[tokio::test]
    async fn racing_calls_all_set_the_password_one_after_the_other() {
        let (guestlist, ada) = (guestlist(), email("ada@example.com"));
        let user = guestlist.sign_up(ada.clone(), Password::new("exemplary"));
        let user = user.await.expect("signs up");
        let set = |password| guestlist.set_password(user.id, Password::new(password));
        let (first, second) = tokio::join!(set("the first one"), set("the second one"));
        first.expect("sets");
        second.expect("sets");
        let found = guestlist.find_user(user.id).await.expect("answers");
        assert_eq!(found.expect("is there").epoch, user.epoch.next().next());
    }
}
