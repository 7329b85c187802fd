use std::hash::{DefaultHasher, Hash, Hasher};

use guestlist::testing::service;
use guestlist_mongodb::mongodb::{Client, bson::doc};

/// Returns the URL of an empty database for this test. A name has at most 63 bytes. No name is a
/// prefix of another: mongo-java-server would drop both databases together.
pub(crate) async fn new() -> Option<String> {
    let server = service("TEST_MONGODB_URL")?;
    let test = std::thread::current().name().unwrap_or("main").to_owned();
    let mut hasher = DefaultHasher::new();
    test.hash(&mut hasher);
    let name = format!("test-{:016x}", hasher.finish());
    let client = Client::with_uri_str(&server).await.expect("is a URL");
    let database = client.database(&name);
    let dropped = database.run_command(doc! { "dropDatabase": 1 }).await;
    dropped.expect("drops the old database");
    let (server, _) = server.rsplit_once('/').expect("names a database");
    // All tests run at the same time, possibly on a busy machine: the time limit is long.
    Some(format!("{server}/{name}?socketTimeoutMS=30000"))
}
