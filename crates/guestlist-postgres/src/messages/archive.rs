//! Messages in an archive.

use async_trait::async_trait;
use guestlist::{ArchiveOf, Message, StoreError};

use super::rows::{ALL_MESSAGES, COUNT_MESSAGES, PUT_MESSAGE, message, message_params};
use crate::{PostgresStore, database::Params, values};

#[async_trait]
impl ArchiveOf<Message> for PostgresStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(COUNT_MESSAGES).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Message>, StoreError> {
        let params: Params<'_> = &[&values::id(after)?, &i64::from(limit)];
        self.archive_page(ALL_MESSAGES, params, message).await
    }

    async fn put_all(&self, messages: &[Message]) -> Result<(), StoreError> {
        self.put(PUT_MESSAGE, messages, message_params).await
    }
}
