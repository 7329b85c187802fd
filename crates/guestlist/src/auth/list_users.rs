//! An administrator lists the users.

use crate::{Guestlist, StoreError, User, UserId};

impl Guestlist {
    /// Returns up to `limit` users in the order of their ids: the first ones, or those after
    /// `after`.
    pub async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        self.store().list_users(after, limit).await
    }
}
