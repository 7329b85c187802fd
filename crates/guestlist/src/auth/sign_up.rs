//! Somebody new asks for an account.

use crate::{
    Email, Epoch, Guestlist, NewPasswordError, Password, StoreError, User, UserId, UserInsertion,
    UserName,
};

impl Guestlist {
    /// Makes an account, if the password will do and nobody has the address.
    pub async fn sign_up(&self, email: Email, password: Password) -> Result<User, SignUpError> {
        self.sign_up_with_name(email, None, password).await
    }

    /// The same with the name that others are to see.
    pub async fn sign_up_with_name(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
    ) -> Result<User, SignUpError> {
        let user = self.new_user(email, name, password).await?;
        tracing::info!(user = %user.id, "signed up");
        Ok(user)
    }

    /// What asking for an account and being given one have in common.
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

/// Why somebody has no account.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Somebody has that address.
    #[error("a user with this e-mail address exists already")]
    EmailTaken,
    /// The password was not taken.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// We could not look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PasswordError;
    use crate::testing::{email, guestlist};

    #[tokio::test]
    async fn an_address_is_taken_once_in_any_case() {
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
    async fn a_password_that_will_not_do_makes_no_account() {
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
