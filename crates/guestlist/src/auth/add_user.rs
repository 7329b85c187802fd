//! An administrator creates an account for a user.

use crate::{Email, Guestlist, Password, SignUpError, User, UserName};

impl Guestlist {
    /// Creates an account for a user, as an administrator. It checks what
    /// [`sign_up_with_name`](Self::sign_up_with_name) checks and fails with the same errors. An
    /// application that closes its sign-up can still call it.
    pub async fn add_user(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
    ) -> Result<User, SignUpError> {
        let user = self.new_user(email, name, password, true).await?;
        tracing::info!(user = %user.id, "added");
        Ok(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, Wanted,
        testing::{email, guestlist},
    };

    #[tokio::test]
    async fn an_added_user_has_the_name_and_can_sign_in() {
        let (guestlist, ada) = (guestlist(), email("ada@example.com"));
        let name = UserName::parse("Ada").expect("is a name");
        let password = || Password::new("exemplary");
        let added = guestlist.add_user(ada.clone(), Some(name.clone()), password());
        assert_eq!(added.await.expect("adds").name, Some(name));
        let signed_in = guestlist
            .sign_in(Some(&ada), password(), Client::default(), Wanted::DATABASE)
            .await;
        assert!(signed_in.is_ok());
        let again = guestlist.add_user(ada, None, password()).await;
        assert!(matches!(again, Err(SignUpError::EmailTaken)));
        let weak = guestlist.add_user(email("bob@example.com"), None, Password::new("short"));
        assert!(matches!(weak.await, Err(SignUpError::Password(_))));
    }
}
