//! The contract of the door's store: a schema for each promise.

use guestlist_postgres::PostgresStore;

use crate::place;

guestlist::store_contract!(may_skip: async || {
    let url = place::of_this_test().await?;
    Some(PostgresStore::open(&url).await.expect("opens"))
});

guestlist::archive_contract!(may_skip: async || {
    let url = place::of_this_test().await?;
    Some(PostgresStore::open(&url).await.expect("opens"))
});
