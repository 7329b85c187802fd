//! Messages in an archive.

use async_trait::async_trait;
use guestlist::{ArchiveOf, Message, StoreError};
use mongodb::bson::doc;

use super::MessageDocument;
use crate::{MongodbStore, filter::page_of_owned, store::archive_page};

#[async_trait]
impl ArchiveOf<Message> for MongodbStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.messages().count(doc! {}).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Message>, StoreError> {
        let page = page_of_owned(after, limit);
        let found = archive_page(&self.messages(), page, limit).await?;
        found.into_iter().map(Message::try_from).collect()
    }

    async fn put_all(&self, messages: &[Message]) -> Result<(), StoreError> {
        let documents: Vec<_> = messages.iter().map(MessageDocument::from).collect();
        self.messages().put_all(&documents).await
    }
}
