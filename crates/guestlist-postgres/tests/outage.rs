//! Callers while the server is stopped or silent.

use std::{sync::Arc, time::Duration};

use guestlist::{Clock, Maintenance, StoreError, SystemClock, UserStore, testing::user};
use guestlist_postgres::PostgresStore;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    time::sleep,
};

use crate::{cluster::Cluster, schema};

/// The longest time a call may take.
const LONGEST: Duration = Duration::from_secs(2);
/// How soon the database must be used again after its return.
const BACK: Duration = Duration::from_secs(5);

/// Awaits `work` and asserts that it ends in time.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    let answer = tokio::time::timeout(LONGEST, work).await;
    answer.expect("is answered in time")
}

async fn assert_is_back(store: &PostgresStore) {
    let clock = SystemClock::new();
    while clock.monotonic() < BACK {
        let written = store.insert_user(&user("again@example.com")).await;
        if written.is_ok() && store.ready().await.is_ok() {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the database is not used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_causes_errors_and_is_used_again_after_its_return() {
    let Some(cluster) = Cluster::start("postgres") else {
        return;
    };
    let store = PostgresStore::open(&cluster.url()).await.expect("opens");
    let kept = user("kept@example.com");
    store.insert_user(&kept).await.expect("inserts");
    for round in 0..3 {
        cluster.run("stop");
        for _ in 0..3 {
            let lost = user(&format!("lost{round}@example.com"));
            assert!(soon(store.insert_user(&lost)).await.is_err());
            assert!(soon(store.find_user(kept.id)).await.is_err());
            assert!(soon(store.list_users(None, 9)).await.is_err());
            assert!(soon(store.ready()).await.is_err());
        }
        cluster.run("start");
        assert_is_back(&store).await;
        let found = store.find_user(kept.id).await.expect("answers");
        assert!(found.is_some(), "the acknowledged user is there");
        let again = guestlist::testing::email("again@example.com");
        let again = store.find_user_by_email(&again).await.expect("answers");
        store
            .delete_user(again.expect("is there").id)
            .await
            .expect("deletes");
    }
}

/// A proxy to the server that can stop all traffic.
struct Wire {
    url: String,
    swallows: watch::Sender<bool>,
}

async fn wire(url: &str) -> Wire {
    let (credentials, rest) = url.split_once('@').expect("has a user");
    let (server, name) = rest.split_once('/').expect("has a name");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let url = format!(
        "{credentials}@{}/{name}",
        listener.local_addr().expect("has an address")
    );
    let (swallows, swallowing) = watch::channel(false);
    let server = Arc::new(server.to_owned());
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let (server, mut swallowing) = (Arc::clone(&server), swallowing.clone());
            tokio::spawn(async move {
                let mut there = TcpStream::connect(server.as_str()).await.expect("connects");
                let began = async { swallowing.wait_for(|swallows| *swallows).await.is_ok() };
                tokio::select! {
                    _ = copy_bidirectional(&mut here, &mut there) => return,
                    _ = began => {}
                }
                // Both connections stay open, and no data passes until the traffic is allowed
                // again.
                let _ = swallowing.wait_for(|swallows| !*swallows).await;
            });
        }
    });
    Wire { url, swallows }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_network_causes_errors_in_time() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let wire = wire(&url).await;
    let store = PostgresStore::open(&wire.url).await.expect("opens");
    let kept = user("kept@example.com");
    store.insert_user(&kept).await.expect("inserts");
    wire.swallows.send_replace(true);
    let written = soon(store.insert_user(&user("lost@example.com"))).await;
    assert!(
        matches!(written, Err(StoreError::Unknown(_))),
        "the statement may have been done: {written:?}"
    );
    let read = soon(store.find_user(kept.id)).await;
    assert!(matches!(read, Err(StoreError::Failed(_))), "{read:?}");
    // Also for callers that had no connection yet.
    let callers = (0..50).map(|_| soon(store.find_user(kept.id)));
    for answer in futures_util::future::join_all(callers).await {
        assert!(answer.is_err());
    }
    wire.swallows.send_replace(false);
    assert_is_back(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_share_a_pool_of_one() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let store = PostgresStore::open(&format!("{url}&pool_size=1")).await;
    let store = store.expect("opens");
    let users: Vec<_> = (0..200)
        .map(|number| user(&format!("caller{number}@example.com")))
        .collect();
    let inserted = users.iter().map(|user| soon(store.insert_user(user)));
    for insertion in futures_util::future::join_all(inserted).await {
        insertion.expect("is answered");
    }
    let found = users.iter().map(|user| soon(store.find_user(user.id)));
    for found in futures_util::future::join_all(found).await {
        assert!(found.expect("is answered").is_some());
    }
}

/// Another transaction holds a lock that the change needs.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_waits_for_a_lock_ends_at_its_time_limit_and_is_not_done_later() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let store = PostgresStore::open(&url).await.expect("opens");
    let kept = user("kept@example.com");
    store.insert_user(&kept).await.expect("inserts");
    let other = schema::connected(&url).await;
    other
        .batch_execute("BEGIN; SELECT * FROM users FOR UPDATE")
        .await
        .expect("holds");
    let disabled = soon(store.disable_user(kept.id, kept.created_at)).await;
    assert!(disabled.is_err());
    assert!(
        soon(store.find_user(kept.id)).await.is_ok(),
        "reads still work"
    );
    // By now the server has cancelled the statement, too.
    sleep(LONGEST).await;
    other.batch_execute("ROLLBACK").await.expect("lets go");
    sleep(Duration::from_millis(200)).await;
    let found = store.find_user(kept.id).await.expect("answers");
    assert_eq!(found.expect("is there").epoch, kept.epoch);
}
