//! An administrator lists the users.

use crate::{Guestlist, StoreError, User, UserId};

impl Guestlist {
    /// Returns up to `limit` users in the order of their ids. The list begins after the id `after`,
    /// or at the beginning of the order if `after` is `None`.
    pub async fn list_users(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        self.store().list_users(after, limit).await
    }
}
