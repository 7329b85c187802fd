//! What the store returns if the server refuses a command or breaks the connection.

use guestlist::{Maintenance, StoreError, Timestamp, UserInsertion, UserStore, testing::user};
use guestlist_mongodb::{
    MongodbStore,
    mongodb::bson::{Document, doc},
};

use crate::fake;

/// Opens a store on a server that answers insertions with `answer`, and inserts a user.
async fn inserting(answer: fn(&str) -> Document) -> Result<UserInsertion, StoreError> {
    let address = fake::start(answer).await;
    let store = MongodbStore::open(&format!("mongodb://{address}/planner")).await;
    let store = store.expect("opens");
    store.insert_user(&user("ada@example.com")).await
}

#[tokio::test]
async fn if_one_of_several_deletions_is_refused_the_result_is_unknown() {
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

/// The answer of a healthy server to every other command.
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
async fn after_a_broken_connection_the_result_of_a_write_is_unknown() {
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
async fn a_server_that_is_not_primary_has_not_done_the_write() {
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
async fn a_server_that_steps_down_during_a_write_may_have_done_it() {
    let told = inserting(|command| match command {
        "insert" => {
            doc! { "ok": 0, "code": 11_602, "codeName": "InterruptedDueToReplStateChange", "errmsg": "" }
        }
        other => well(other),
    });
    let told = told.await;
    assert!(matches!(told, Err(StoreError::Unknown(_))), "{told:?}");
}
