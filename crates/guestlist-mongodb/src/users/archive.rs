//! Users in an archive.

use async_trait::async_trait;
use guestlist::{ArchiveOf, StoreError, User};
use mongodb::bson::doc;

use super::document::UserDocument;
use crate::{MongodbStore, filter::page, store::archive_page};

#[async_trait]
impl ArchiveOf<User> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.users().count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<User>, StoreError> {
        let found = archive_page(&self.users(), page(after, limit), limit).await?;
        found.into_iter().map(User::try_from).collect()
    }

    async fn put_all(&self, users: &[User]) -> Result<(), StoreError> {
        let documents: Vec<_> = users.iter().map(UserDocument::from).collect();
        self.users().put_all(&documents).await
    }
}
