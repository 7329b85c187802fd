//! Runs the store's contract, with a schema of its own for each test.

use guestlist_postgres::PostgresStore;

use crate::schema;

guestlist::store_contract!(may_skip: async || {
    let url = schema::of_this_test().await?;
    Some(PostgresStore::open(&url).await.expect("opens"))
});

guestlist::archive_contract!(may_skip: async || {
    let url = schema::of_this_test().await?;
    Some(PostgresStore::open(&url).await.expect("opens"))
});
