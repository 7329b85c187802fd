//! The planner's contract, on a file of SQLite beside the door's tables.

use std::{path::PathBuf, sync::Arc};

use guestlist_server::database::Stores;

/// A file of this test's own, new each time.
fn path() -> PathBuf {
    let test = std::thread::current()
        .name()
        .unwrap_or("main")
        .replace("::", "-");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("makes a folder");
    folder.join("store.sqlite")
}

mod sqlite {
    use super::*;

    async fn open() -> (Arc<dyn guestlist::Store>, Arc<dyn planner::PlannerStore>) {
        let url = format!("sqlite:{}", path().display());
        let stores = Stores::open(&url).await.expect("opens");
        (stores.door, stores.planner)
    }

    planner::store_contract!(async || open().await);

    async fn open_archive() -> (Arc<dyn guestlist::Store>, Arc<dyn planner::EventArchive>) {
        let url = format!("sqlite:{}", path().display());
        let stores = Stores::open(&url).await.expect("opens");
        let events = stores.archives().planner.clone();
        (stores.door, events)
    }

    planner::archive_contract!(async || open_archive().await);
}
