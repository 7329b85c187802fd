//! What a server that says no, or nothing, becomes for whoever asked.

use guestlist::{Maintenance, StoreError, Timestamp, UserInsertion, UserStore, testing::user};
use guestlist_mongodb::{
    MongodbStore,
    mongodb::bson::{Document, doc},
};

use crate::fake;

/// A store on a server that is well but for insertions, which it answers like that.
async fn inserting(answer: fn(&str) -> Document) -> Result<UserInsertion, StoreError> {
    let address = fake::start(answer).await;
    let store = MongodbStore::open(&format!("mongodb://{address}/planner")).await;
    let store = store.expect("opens");
    store.insert_user(&user("ada@example.com")).await
}

#[tokio::test]
async fn of_several_that_were_to_go_some_may_be_gone_when_one_is_refused() {
    let address = fake::start(|command| match command {
        "aggregate" => doc! {
            "ok": 1, "cursor": { "id": 0_i64, "ns": "planner.sessions", "firstBatch": [{ "_id": "one" }] },
        },
        "delete" => {
            let refused = doc! { "index": 0, "code": 91, "errmsg": "shutting down" };
            doc! { "ok": 1, "n": 1, "writeErrors": [refused] }
        }
        other => well(other),
    });
    let store = MongodbStore::open(&format!("mongodb://{}/planner", address.await)).await;
    let purged = store
        .expect("opens")
        .purge(Timestamp::from_millis(0), 2)
        .await;
    assert!(matches!(purged, Err(StoreError::Unknown(_))), "{purged:?}");
}

/// What a server says to everything else.
fn well(command: &str) -> Document {
    match command {
        "find" | "aggregate" => doc! {
            "ok": 1, "cursor": { "id": 0_i64, "ns": "planner.users", "firstBatch": [] },
        },
        "update" => doc! { "ok": 1, "n": 1, "nModified": 1 },
        _ => fake::hello(),
    }
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_write_leaves_it_unknown() {
    let told = inserting(|command| match command {
        "insert" => doc! {},
        other => well(other),
    });
    let told = told.await;
    assert!(matches!(told, Err(StoreError::Unknown(_))), "{told:?}");
}

#[tokio::test]
async fn a_write_that_the_majority_did_not_confirm_is_unknown() {
    let told = inserting(|command| match command {
        "insert" => {
            let concern =
                doc! { "code": 64, "codeName": "WriteConcernFailed", "errmsg": "timed out" };
            doc! { "ok": 1, "n": 1, "writeConcernError": concern }
        }
        other => well(other),
    });
    let told = told.await;
    assert!(matches!(told, Err(StoreError::Unknown(_))), "{told:?}");
}

#[tokio::test]
async fn a_server_that_is_no_primary_any_more_has_not_begun() {
    let told = inserting(|command| match command {
        "insert" => {
            doc! { "ok": 0, "code": 10_107, "codeName": "NotWritablePrimary", "errmsg": "not primary" }
        }
        other => well(other),
    });
    let told = told.await;
    assert!(matches!(told, Err(StoreError::Failed(_))), "{told:?}");
}

#[tokio::test]
async fn a_server_that_steps_down_in_the_middle_may_have_done_it() {
    let told = inserting(|command| match command {
        "insert" => {
            doc! { "ok": 0, "code": 11_602, "codeName": "InterruptedDueToReplStateChange", "errmsg": "" }
        }
        other => well(other),
    });
    let told = told.await;
    assert!(matches!(told, Err(StoreError::Unknown(_))), "{told:?}");
}
