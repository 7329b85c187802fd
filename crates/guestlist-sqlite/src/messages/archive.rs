//! Messages in an archive.

use async_trait::async_trait;
use guestlist::{ArchiveOf, Message, StoreError};
use rusqlite::{Connection, params_from_iter};

use super::rows::{message, values_of};
use crate::{SqliteStore, values};

#[async_trait]
impl ArchiveOf<Message> for SqliteStore {
    async fn count_all(&self) -> Result<u64, StoreError> {
        self.count(self.message_sql().count_messages).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<Message>, StoreError> {
        let after = values::id(after)?;
        self.list(self.message_sql().all_messages, (after, limit), message)
            .await
    }

    async fn put_all(&self, messages: &[Message]) -> Result<(), StoreError> {
        let sql = self.message_sql().put_message;
        let put = move |connection: &Connection, message: &Message| {
            let values = params_from_iter(values_of(message));
            connection.prepare_cached(sql)?.execute(values)
        };
        self.put(messages, put).await
    }
}
