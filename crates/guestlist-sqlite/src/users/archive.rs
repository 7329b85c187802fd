//! Users in an archive.

use async_trait::async_trait;
use guestlist::{ArchiveOf, StoreError, User};
use rusqlite::Connection;

use super::rows::{user, user_params};
use crate::{SqliteStore, values};

#[async_trait]
impl ArchiveOf<User> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.user_sql().count_users).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<User>, StoreError> {
        let after = values::id(after)?;
        self.list(self.user_sql().list_users, (after, limit), |row| {
            user(row, 0)
        })
        .await
    }

    async fn put_all(&self, users: &[User]) -> Result<(), StoreError> {
        let sql = self.user_sql().put_user;
        let put = move |connection: &Connection, user: &_| {
            connection.prepare_cached(sql)?.execute(user_params(user))
        };
        self.put(users, put).await
    }
}
