//! An administrator enables a disabled user.

use crate::{Actor, Guestlist, SecurityEventKind, StoreError, UserId};

impl Guestlist {
    /// Lets a disabled user sign in again. Succeeds too if the user is not disabled. Sessions and
    /// tokens that have ended stay ended.
    pub async fn enable_user(&self, user: UserId) -> Result<(), EnableUserError> {
        let epoch = self.store().enable_user(user).await?;
        epoch.ok_or(EnableUserError::NoSuchUser)?;
        let kind = SecurityEventKind::Enabled;
        let event = self.event_by(Actor::System, user, kind);
        self.record_event(event).await;
        Ok(())
    }
}

/// Why the user may not be enabled.
#[derive(Debug, thiserror::Error)]
pub enum EnableUserError {
    /// No user has this id.
    #[error("there is no such user")]
    NoSuchUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, Password, SystemClock, Wanted,
        clock::Clock,
        testing::{email, guestlist},
    };

    #[tokio::test]
    async fn an_enabled_user_can_sign_in_again_and_old_tokens_stay_invalid() {
        let (guestlist, ada) = (guestlist(), email("ada@example.com"));
        let password = || Password::new("exemplary");
        let user = guestlist.sign_up(ada.clone(), password()).await;
        let user = user.expect("signs up").id;
        let sign_in =
            || guestlist.sign_in(Some(&ada), password(), Client::default(), Wanted::DATABASE);
        let before = sign_in().await.expect("signs in").access_token;
        guestlist.disable_user(user).await.expect("disables");
        assert!(sign_in().await.is_err());
        for _ in 0..2 {
            guestlist.enable_user(user).await.expect("enables");
        }
        assert!(guestlist.identify(before.expose()).await.is_err());
        let after = sign_in().await.expect("signs in").access_token;
        assert!(guestlist.identify(after.expose()).await.is_ok());
        let unknown = guestlist.enable_user(UserId::new(SystemClock::new().now()));
        assert!(matches!(unknown.await, Err(EnableUserError::NoSuchUser)));
    }
}
