use std::hash::{DefaultHasher, Hash, Hasher};

use guestlist::testing::service;
use guestlist_mongodb::mongodb::{Client, bson::doc};

/// The URL of a database of this test's own, new each time. A name has room for 63 bytes, and none is the
/// beginning of another, which mongo-java-server would drop along with it.
pub(crate) async fn new() -> Option<String> {
    let server = service("TEST_MONGODB_URL")?;
    let test = std::thread::current().name().unwrap_or("main").to_owned();
    let mut hasher = DefaultHasher::new();
    test.hash(&mut hasher);
    let name = format!("door-{:016x}", hasher.finish());
    let client = Client::with_uri_str(&server).await.expect("is a URL");
    let database = client.database(&name);
    let dropped = database.run_command(doc! { "dropDatabase": 1 }).await;
    dropped.expect("drops what was left");
    let (server, _) = server.rsplit_once('/').expect("names a database");
    // Every test at once, on machines that do other things too.
    Some(format!("{server}/{name}?socketTimeoutMS=30000"))
}
