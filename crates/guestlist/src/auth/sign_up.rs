//! A visitor creates an account.

use crate::{
    Email, Epoch, Guestlist, NewPasswordError, Password, SecurityEventKind, StoreError, User,
    UserId, UserInsertion, UserName,
};

impl Guestlist {
    /// Creates an account without a name. The e-mail address is not verified.
    ///
    /// # Errors
    ///
    /// - [`SignUpError::Password`] if [`PasswordPolicy`](crate::PasswordPolicy) or
    ///   [`Builder::breached_passwords`](crate::Builder::breached_passwords) refuses the password.
    /// - [`SignUpError::EmailTaken`] if another user has the address. Of two sign-ups at the same
    ///   time, one gets this error.
    pub async fn sign_up(&self, email: Email, password: Password) -> Result<User, SignUpError> {
        self.sign_up_with_name(email, None, password).await
    }

    /// Creates an account as [`sign_up`](Self::sign_up) does, with a name that other users see.
    ///
    /// # Errors
    ///
    /// The errors of [`sign_up`](Self::sign_up).
    pub async fn sign_up_with_name(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
    ) -> Result<User, SignUpError> {
        let user = self.new_user(email, name, password).await?;
        let event = self.event(user.id, SecurityEventKind::SignedUp);
        self.record_event(event).await;
        Ok(user)
    }

    /// Creates an account: the part that signing up and [`add_user`](Self::add_user) share.
    pub(super) async fn new_user(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
    ) -> Result<User, SignUpError> {
        let password_hash = self.hash_new_password(password, &email).await?;
        let now = self.now();
        let user = User {
            id: UserId::new(now),
            email,
            password_hash: Some(password_hash),
            name,
            created_at: now,
            verified_at: None,
            disabled_at: None,
            epoch: Epoch::default(),
            token_epoch: Epoch::default(),
        };
        match self.store().insert_user(&user).await? {
            UserInsertion::Done => Ok(user),
            UserInsertion::Taken => Err(SignUpError::EmailTaken),
        }
    }
}

/// Why no account was created.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Another user has this address.
    #[error("a user with this e-mail address exists already")]
    EmailTaken,
    /// The password was refused.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordError;
    use crate::testing::{email, guestlist};

    #[tokio::test]
    async fn an_address_can_be_used_once_whatever_its_case() {
        let guestlist = guestlist();
        let first = guestlist.sign_up(email("Ada@Example.com"), Password::new("exemplary"));
        assert_eq!(
            first.await.expect("signs up").email.as_given(),
            "Ada@Example.com"
        );
        let second = guestlist.sign_up(email("ada@EXAMPLE.com"), Password::new("testpassword"));
        assert!(matches!(second.await, Err(SignUpError::EmailTaken)));
    }

    #[tokio::test]
    async fn a_refused_password_creates_no_account() {
        let guestlist = guestlist();
        let refused = guestlist.sign_up(email("ada@example.com"), Password::new("short"));
        assert!(matches!(
            refused.await,
            Err(SignUpError::Password(NewPasswordError::Refused {
                reason: PasswordError::TooShort(8),
                ..
            }))
        ));
        let again = guestlist.sign_up(email("ada@example.com"), Password::new("exemplary"));
        assert!(again.await.is_ok());
    }
}
