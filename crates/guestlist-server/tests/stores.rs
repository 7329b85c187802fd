//! The planner's contract, on each engine beside the door's tables.

mod earlier;
mod keyed;

use std::{ops::Deref, sync::Arc};

use guestlist::Store;
use guestlist_server::database::Stores;
use planner::{EventArchive, PlannerStore};

use crate::place::Place;

/// The door's store, and the place of both as long as it is there.
struct Door {
    store: Arc<dyn Store>,
    _place: Place,
}

impl Deref for Door {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

async fn open(place: Place) -> (Door, Arc<dyn PlannerStore>) {
    let stores = Stores::open(place.url()).await.expect("opens");
    let door = Door {
        store: stores.door,
        _place: place,
    };
    (door, stores.planner)
}

async fn open_archive(place: Place) -> (Door, Arc<dyn EventArchive>) {
    let stores = Stores::open(place.url()).await.expect("opens");
    let archives = stores.archives();
    let events = Arc::clone(&archives.planner);
    let door = Door {
        store: stores.door,
        _place: place,
    };
    (door, events)
}

mod sqlite {
    use super::*;

    planner::store_contract!(async || open(Place::in_sqlite()).await);
    planner::archive_contract!(async || open_archive(Place::in_sqlite()).await);
}

mod postgres {
    use super::*;

    planner::store_contract!(may_skip: async || Some(open(Place::in_postgres()?).await));
    planner::archive_contract!(may_skip: async || Some(open_archive(Place::in_postgres()?).await));
}

mod mongodb {
    use super::*;

    planner::store_contract!(may_skip: async || Some(open(Place::in_mongodb()?).await));
    planner::archive_contract!(may_skip: async || Some(open_archive(Place::in_mongodb()?).await));
}
