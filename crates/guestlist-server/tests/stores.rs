//! Runs the planner's contract on each engine, in the database of the authentication library's
//! tables.

mod earlier;
mod keyed;

use std::{ops::Deref, sync::Arc};

use guestlist::Store;
use guestlist_server::database::Stores;
use planner::{EventArchive, PlannerStore};

use crate::test_database::TestDatabase;

/// The store of users and sessions. It keeps the database until it is dropped.
struct OpenStore {
    store: Arc<dyn Store>,
    _database: TestDatabase,
}

impl Deref for OpenStore {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

async fn open(database: TestDatabase) -> (OpenStore, Arc<dyn PlannerStore>) {
    let stores = Stores::open(database.url()).await.expect("opens");
    let store = OpenStore {
        store: stores.accounts,
        _database: database,
    };
    (store, stores.planner)
}

async fn open_archive(database: TestDatabase) -> (OpenStore, Arc<dyn EventArchive>) {
    let stores = Stores::open(database.url()).await.expect("opens");
    let archives = stores.archives();
    let events = Arc::clone(&archives.planner);
    let store = OpenStore {
        store: stores.accounts,
        _database: database,
    };
    (store, events)
}

mod sqlite {
    use super::*;

    planner::store_contract!(async || open(TestDatabase::in_sqlite()).await);
    planner::archive_contract!(async || open_archive(TestDatabase::in_sqlite()).await);
}

mod postgres {
    use super::*;

    planner::store_contract!(may_skip: async || Some(open(TestDatabase::in_postgres()?).await));
    planner::archive_contract!(may_skip: async || Some(open_archive(TestDatabase::in_postgres()?).await));
}

mod mongodb {
    use super::*;

    planner::store_contract!(may_skip: async || Some(open(TestDatabase::in_mongodb()?).await));
    planner::archive_contract!(may_skip: async || Some(open_archive(TestDatabase::in_mongodb()?).await));
}
