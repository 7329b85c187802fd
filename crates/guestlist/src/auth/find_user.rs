//! Looks up one user's record, for an administrator.

use crate::{Email, Guestlist, StoreError, User, UserId};

impl Guestlist {
    /// Returns the user with this id.
    pub async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.store().find_user(id).await
    }

    /// Returns the user with this e-mail address; case does not matter.
    pub async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        self.store().find_user_by_email(email).await
    }
}
