//! The store record by record.

use async_trait::async_trait;
use guestlist::{Archive, Key, Record, RecordKind, StoreError};
use mongodb::bson::{Document, doc};
use serde::de::DeserializeOwned;

use crate::{
    MongodbStore, Records,
    document::{CopyDocument, KeyDocument, SessionDocument, TokenDocument, UserDocument},
    filter::{page, page_of_somebodys},
};

#[async_trait]
impl Archive for MongodbStore {
    async fn count(&self, kind: RecordKind) -> Result<u64, StoreError> {
        match kind {
            RecordKind::User => self.users.count(doc! {}).await,
            RecordKind::Session => self.sessions.count(doc! {}).await,
            RecordKind::Token => self.tokens.count(doc! {}).await,
            RecordKind::Key => self.keys.count(doc! {}).await,
        }
    }

    async fn records(
        &self,
        kind: RecordKind,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        // To MongoDB, a limit of none is a mistake.
        if limit == 0 {
            return Ok(vec![]);
        }
        match kind {
            RecordKind::User => {
                let read = |user: UserDocument| user.try_into().map(Record::User);
                records(&self.users, page(after, limit), read).await
            }
            RecordKind::Session => {
                let read = |session: SessionDocument| session.try_into().map(Record::Session);
                records(&self.sessions, page_of_somebodys(after, limit), read).await
            }
            RecordKind::Token => {
                let read = |token: TokenDocument| token.try_into().map(Record::Token);
                records(&self.tokens, page_of_somebodys(after, limit), read).await
            }
            RecordKind::Key => {
                let read = |key: KeyDocument| Ok(Record::Key(Key::from(key)));
                records(&self.keys, page(after, limit), read).await
            }
        }
    }

    async fn put(&self, records: &[Record]) -> Result<(), StoreError> {
        let (mut users, mut sessions, mut tokens, mut keys) = (vec![], vec![], vec![], vec![]);
        for record in records {
            match record {
                Record::User(user) => users.push(UserDocument::from(user)),
                Record::Session(session) => sessions.push(SessionDocument::from(session)),
                Record::Token(token) => tokens.push(TokenDocument::from(token)),
                Record::Key(key) => keys.push(KeyDocument::from(key)),
            }
        }
        self.users.put_all(&users).await?;
        self.sessions.put_all(&sessions).await?;
        self.tokens.put_all(&tokens).await?;
        self.keys.put_all(&keys).await
    }

    async fn copy_mark(&self) -> Result<Option<String>, StoreError> {
        let copy = self.copies.find(doc! { "_id": CopyDocument::ID }).await?;
        Ok(copy.map(|copy| copy.mark))
    }

    async fn set_copy_mark(&self, mark: Option<&str>) -> Result<(), StoreError> {
        match mark {
            Some(mark) => self.copies.put_all(&[CopyDocument::of(mark)]).await,
            None => {
                let only = doc! { "_id": CopyDocument::ID };
                self.copies.delete(only).await.map(drop)
            }
        }
    }
}

async fn records<D: DeserializeOwned + Send + Sync + 'static>(
    collection: &Records<D>,
    page: Vec<Document>,
    read: impl Fn(D) -> Result<Record, StoreError>,
) -> Result<Vec<Record>, StoreError> {
    let found = collection.aggregate_at_length(page).await?;
    found.into_iter().map(read).collect()
}
