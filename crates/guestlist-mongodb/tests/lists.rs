//! Lists are limited in number and time, and lookups by key do not wait for them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use guestlist::{QueueFull, ReadLimits, UserStore, testing::user};
use guestlist_mongodb::{
    Database, MongodbStore,
    mongodb::bson::{Bson, Document, doc},
};
use tokio::time::{sleep, timeout};

use crate::fake;

/// Whether the command is a list. A lookup asks for one document.
fn is_list(command: &Document) -> bool {
    command.contains_key("find") && command.contains_key("maxTimeMS")
}

fn found_nothing() -> Document {
    doc! { "ok": 1, "cursor": { "id": 0_i64, "ns": "planner.users", "firstBatch": [] } }
}

fn well(command: &Document) -> Document {
    match command.keys().next().map_or("", String::as_str) {
        "find" => found_nothing(),
        "update" => doc! { "ok": 1, "n": 1, "nModified": 1 },
        _ => fake::hello(),
    }
}

async fn store(
    options: &str,
    limits: ReadLimits,
    answer: impl Fn(&Document) -> Document + Clone + Send + 'static,
) -> MongodbStore {
    let address = fake::start_seeing(answer).await;
    let url = format!("mongodb://{address}/planner?{options}");
    let database = Database::open_with(&url, limits).await.expect("opens");
    MongodbStore::over(database).await.expect("migrates")
}

#[tokio::test]
async fn a_list_has_a_time_limit_on_the_server() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sees = Arc::clone(&seen);
    let store = store(
        "socketTimeoutMS=1500",
        ReadLimits::default(),
        move |command| {
            if command.contains_key("find") {
                sees.lock().expect("is whole").push(command.clone());
            }
            well(command)
        },
    );
    let store = store.await;
    store.list_users(None, 9).await.expect("lists");
    let seen = seen.lock().expect("is whole");
    let list = seen.last().expect("was sent");
    let most = list.get("maxTimeMS").and_then(|most| match most {
        Bson::Int32(most) => Some(i64::from(*most)),
        most => most.as_i64(),
    });
    assert!(
        most.is_some_and(|most| (1..=1_500).contains(&most)),
        "{list}"
    );
}

#[tokio::test]
async fn unanswered_lists_are_limited_and_do_not_delay_lookups() {
    let limits = ReadLimits {
        lists_waiting: 1,
        ..ReadLimits::default()
    };
    // One of the four connections is for lists.
    let store = store("maxPoolSize=4", limits, |command| match is_list(command) {
        true => fake::silent(),
        false => well(command),
    });
    let store = Arc::new(store.await);
    let lists: Vec<_> = (0..2)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.list_users(None, 9).await })
        })
        .collect();
    sleep(Duration::from_millis(200)).await;
    let refused = timeout(Duration::from_secs(1), store.list_users(None, 9)).await;
    let refused = refused
        .expect("is refused at once")
        .expect_err("is refused");
    assert_eq!(QueueFull::in_causes_of(&refused), Some(QueueFull::Lists));
    for _ in 0..20 {
        let found = store.find_user(user("ada@example.com").id).await;
        assert!(found.expect("is answered").is_none());
    }
    for list in lists {
        let list = list.await.expect("runs");
        assert!(list.is_err(), "an unanswered list must fail in time");
    }
}
