//! One user's record, for whoever may see any.

use crate::{Email, Guestlist, StoreError, User, UserId};

impl Guestlist {
    /// The user of that id.
    pub async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.store().find_user(id).await
    }

    /// The user with that address, in whatever case it is written.
    pub async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        self.store().find_user_by_email(email).await
    }
}
