//! Everybody, for whoever may see them all.

use crate::{Guestlist, StoreError, User, UserId};

impl Guestlist {
    /// Up to `limit` users in the order of their ids: the first ones, or those after that id.
    pub async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        self.store().list_users(after, limit).await
    }
}
