//! A stopped server soon causes errors, and is soon used again after its return.

use std::time::{Duration, Instant};

use guestlist::{Maintenance, StoreError, UserInsertion, UserStore, testing::user};
use guestlist_mongodb::MongodbStore;
use tokio::time::sleep;

use crate::cluster::Cluster;

const AWAY_WITHIN: Duration = Duration::from_secs(2);
const BACK_WITHIN: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "the real time is what is tested")]
async fn timed<T>(what: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    (what.await, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_causes_errors_within_two_seconds_and_is_used_again_within_five() {
    let Some(server) = Cluster::start("mongodb") else {
        return;
    };
    let store = MongodbStore::open(&server.url()).await.expect("opens");
    let kept = user("kept@example.com");
    store.insert_user(&kept).await.expect("inserts");

    server.run("stop");
    for _ in 0..3 {
        let (answer, after) = timed(store.find_user(kept.id)).await;
        assert!(matches!(answer, Err(StoreError::Failed(_))), "{answer:?}");
        assert!(after < AWAY_WITHIN, "a lookup took {after:?}");
        let late = user("late@example.com");
        let (answer, after) = timed(store.insert_user(&late)).await;
        assert!(answer.is_err());
        assert!(after < AWAY_WITHIN, "an insertion took {after:?}");
        let (answer, after) = timed(store.ready()).await;
        assert!(answer.is_err());
        assert!(after < AWAY_WITHIN, "readiness took {after:?}");
    }

    server.run("start");
    let until_it_is_back = async {
        while store.ready().await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let ((), after) = timed(until_it_is_back).await;
    assert!(
        after < BACK_WITHIN,
        "the server was used again only after {after:?}"
    );
    let found = store.find_user(kept.id).await.expect("answers");
    assert!(found.is_some(), "the acknowledged user is there");
    let next = store.insert_user(&user("next@example.com")).await;
    assert_eq!(next.expect("inserts"), UserInsertion::Done);
}
