//! Somebody who was kept out may come in again.

use crate::{Guestlist, StoreError, UserId};

impl Guestlist {
    /// Lets the user sign in again; one who may already is no error. What was ended stays ended.
    pub async fn enable_user(&self, user: UserId) -> Result<(), EnableUserError> {
        let epoch = self.store().enable_user(user).await?;
        epoch.ok_or(EnableUserError::NoSuchUser)?;
        tracing::info!(%user, "enabled");
        Ok(())
    }
}

/// Why a user is not known to be enabled.
#[derive(Debug, thiserror::Error)]
pub enum EnableUserError {
    /// Nobody has that id.
    #[error("there is no such user")]
    NoSuchUser,
    /// We could not look.
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
    async fn whoever_is_enabled_signs_in_anew_and_the_old_token_stays_dead() {
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
        let nobody = guestlist.enable_user(UserId::new(SystemClock::new().now()));
        assert!(matches!(nobody.await, Err(EnableUserError::NoSuchUser)));
    }
}
