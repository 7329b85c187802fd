//! Runs the store's contract, with a database of its own for each test.

use guestlist_mongodb::MongodbStore;

use crate::database;

guestlist::store_contract!(may_skip: async || {
    let url = database::new().await?;
    Some(MongodbStore::open(&url).await.expect("opens"))
});

guestlist::archive_contract!(may_skip: async || {
    let url = database::new().await?;
    Some(MongodbStore::open(&url).await.expect("opens"))
});
