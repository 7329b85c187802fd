//! The deletion of a user that a crash interrupts.

use std::time::Duration;

use guestlist::{Maintenance, Timestamp, UserId, UserStore, testing::user};
use guestlist_mongodb::{
    Database, MongodbStore,
    mongodb::bson::{Document, doc},
};

use crate::database;

const COLLECTIONS: [&str; 7] = [
    "sessions",
    "tokens",
    "invitations",
    "messages",
    "factors",
    "recovery_codes",
    "security_events",
];
const NOW: Timestamp = Timestamp::from_millis(1_795_219_200_000);
const MINUTE: Duration = Duration::from_secs(60);

/// One record of each collection for that user.
async fn insert_records(database: &Database, user: UserId) {
    for collection in COLLECTIONS {
        let record =
            doc! { "_id": user.to_string(), "user": user.to_string(), "slot": user.to_string() };
        let records = database.records(collection);
        records.insert(record, doc! {}).await.expect("inserts");
    }
}

/// How many records the user has in all collections.
async fn count_records(database: &Database, user: UserId) -> u64 {
    let mut all = 0;
    for collection in COLLECTIONS {
        let records = database.records::<Document>(collection);
        let theirs = doc! { "user": user.to_string() };
        all += records.count(theirs).await.expect("counts");
    }
    all
}

async fn has_mark(database: &Database) -> bool {
    let marks = database.records::<Document>("deletions");
    marks.count(doc! {}).await.expect("counts") > 0
}

#[tokio::test]
async fn a_deletion_leaves_no_record_and_no_mark() {
    let Some(url) = database::new().await else {
        return;
    };
    let store = MongodbStore::open(&url).await.expect("opens");
    let database = Database::open(&url).await.expect("opens");
    let (ada, bob) = (user("ada@example.com"), user("bob@example.com"));
    for user in [&ada, &bob] {
        store.insert_user(user).await.expect("inserts");
        insert_records(&database, user.id).await;
    }
    store.delete_user(ada.id).await.expect("deletes");
    assert_eq!(count_records(&database, ada.id).await, 0);
    assert_eq!(count_records(&database, bob.id).await, 7);
    assert!(!has_mark(&database).await);
}

#[tokio::test]
async fn the_purge_finishes_an_interrupted_deletion() {
    let Some(url) = database::new().await else {
        return;
    };
    let store = MongodbStore::open(&url).await.expect("opens");
    let database = Database::open(&url).await.expect("opens");
    let (ada, bob) = (user("ada@example.com"), user("bob@example.com"));
    store.insert_user(&bob).await.expect("inserts");
    for user in [&ada, &bob] {
        insert_records(&database, user.id).await;
        let mark = doc! { "_id": user.id.to_string() };
        let marks = database.records("deletions");
        marks.insert(mark, doc! {}).await.expect("inserts");
    }
    // Bob's deletion ended before he was deleted. Ada's may still run at first.
    for minutes in [0, 9] {
        let now = NOW.plus(MINUTE * minutes);
        assert_eq!(store.purge(now, 100).await.expect("purges"), 0);
        assert_eq!(count_records(&database, ada.id).await, 7);
    }
    let purged = store.purge(NOW.plus(MINUTE * 10), 100).await;
    assert_eq!(purged.expect("purges"), 7);
    assert_eq!(count_records(&database, ada.id).await, 0);
    assert_eq!(count_records(&database, bob.id).await, 7);
    assert!(!has_mark(&database).await);
}
