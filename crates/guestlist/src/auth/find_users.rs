//! An administrator searches the users.

use crate::{Guestlist, StoreError, User, UserFilter, UserId};

impl Guestlist {
    /// Returns up to `limit` users who match the filter, in the order of their ids. The list begins
    /// after the id `after`, or at the beginning of the order if `after` is `None`.
    pub async fn find_users(
        &self,
        filter: &UserFilter,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        self.store().find_users(filter, after, limit).await
    }
}
