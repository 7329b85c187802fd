//! Users in an archive.

use async_trait::async_trait;
use guestlist::{ArchiveOf, StoreError, User};

use super::rows::{COUNT_USERS, LIST_USERS, PUT_USER, user, user_params};
use crate::{PostgresStore, database::Params, values};

#[async_trait]
impl ArchiveOf<User> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_USERS).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<User>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        self.archive_page(LIST_USERS, params, user).await
    }

    async fn put_all(&self, users: &[User]) -> Result<(), StoreError> {
        self.put(PUT_USER, users, user_params).await
    }
}
