//! The planner's contract on each engine, beside what the door keeps there.

use std::{path::PathBuf, sync::Arc};

use guestlist::{Clock, SystemClock, new_uuid};
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
}

mod mongodb {
    use super::*;

    async fn open() -> Option<(Arc<dyn guestlist::Store>, Arc<dyn planner::PlannerStore>)> {
        let server = guestlist::testing::service("TEST_MONGODB_URL")?;
        let (server, _) = server.rsplit_once('/').expect("names a database");
        let name = new_uuid(SystemClock::new().now());
        // Every test at once, on machines that do other things too.
        let url = format!("{server}/planner-{name}?socketTimeoutMS=30000");
        let stores = Stores::open(&url).await.expect("opens");
        Some((stores.door, stores.planner))
    }

    planner::store_contract!(may_skip: async || open().await);
}
