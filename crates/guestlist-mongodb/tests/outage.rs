//! A server that goes away is an error soon, and one that comes back is used again soon.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use guestlist::{Store, StoreError, UserInsertion, testing::user};
use guestlist_mongodb::MongodbStore;
use tokio::time::sleep;

use crate::database;

const AWAY_WITHIN: Duration = Duration::from_secs(2);
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// A server of this test's own, which ends with it.
struct Server {
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let server = Self {
            folder: tempfile::tempdir().expect("makes a folder"),
        };
        server.says("up");
        server
    }

    fn says(&self, command: &str) -> String {
        let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/services");
        let output = Command::new(services)
            .args([command, "mongodb"])
            .env("GUESTLIST_SERVICES", self.folder.path())
            .output()
            .expect("runs");
        assert!(output.status.success(), "{command}: {output:?}");
        String::from_utf8(output.stdout).expect("is text")
    }

    fn url(&self) -> String {
        let says = self.says("env");
        let (_, url) = says.trim().split_once('=').expect("has a URL");
        url.to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.says("down");
    }
}

#[expect(clippy::disallowed_methods, reason = "the real time is what is tested")]
async fn timed<T>(what: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    (what.await, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_an_error_in_two_seconds_and_used_again_in_five() {
    // Where no server is there for the other tests, none can be started.
    if database::new().await.is_none() {
        return;
    }
    let server = Server::start();
    let store = MongodbStore::open(&server.url()).await.expect("opens");
    let kept = user("kept@example.com");
    store.insert_user(&kept).await.expect("inserts");

    server.says("stop");
    for _ in 0..3 {
        let (answer, after) = timed(store.find_user(kept.id)).await;
        assert!(matches!(answer, Err(StoreError::Failed(_))), "{answer:?}");
        assert!(after < AWAY_WITHIN, "a look-up took {after:?}");
        let late = user("late@example.com");
        let (answer, after) = timed(store.insert_user(&late)).await;
        assert!(answer.is_err());
        assert!(after < AWAY_WITHIN, "an insertion took {after:?}");
        let (answer, after) = timed(store.ready()).await;
        assert!(answer.is_err());
        assert!(after < AWAY_WITHIN, "readiness took {after:?}");
    }

    server.says("start");
    let until_it_is_back = async {
        while store.ready().await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let ((), after) = timed(until_it_is_back).await;
    assert!(after < BACK_WITHIN, "it was missed for {after:?}");
    let found = store.find_user(kept.id).await.expect("answers");
    assert!(found.is_some(), "what was acknowledged is there");
    let next = store.insert_user(&user("next@example.com")).await;
    assert_eq!(next.expect("inserts"), UserInsertion::Done);
}
