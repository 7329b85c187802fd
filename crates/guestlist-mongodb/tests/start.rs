//! Errors that stop a start come within ten seconds, and say what to do.

use std::time::{Duration, Instant};

use guestlist_mongodb::{
    Database, MongodbStore,
    mongodb::{
        Client,
        bson::{Document, doc},
    },
};
use tokio::net::TcpListener;

use crate::{database, fake};

const AT_MOST: Duration = Duration::from_secs(10);

/// Returns the error of opening this URL.
#[expect(clippy::disallowed_methods, reason = "the real time is what is tested")]
async fn complaint(url: &str) -> String {
    let begun = Instant::now();
    let refusal = MongodbStore::open(url).await.expect_err("is refused");
    assert!(begun.elapsed() < AT_MOST, "{:?}", begun.elapsed());
    let complaint = refusal.to_string();
    assert!(!complaint.contains("hush"), "{complaint}");
    complaint
}

/// Starts a fake server with these answers, and returns its URL.
async fn answering(answer: fn(&str) -> Document) -> String {
    let address = fake::start(answer).await;
    format!("mongodb://ada:hush@{address}/planner")
}

#[tokio::test]
async fn a_closed_port_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("has one");
    drop(listener);
    let complaint = complaint(&format!("mongodb://ada:hush@{address}/planner")).await;
    assert!(complaint.contains("does not answer"), "{complaint}");
    assert!(complaint.contains("host and port"), "{complaint}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("has one");
    let complaint = complaint(&format!("mongodb://ada:hush@{address}/planner")).await;
    assert!(complaint.contains("does not answer"), "{complaint}");
}

#[tokio::test]
async fn an_unknown_host_name_is_reported() {
    let complaint = complaint("mongodb://ada:hush@no-such-host.invalid/planner").await;
    assert!(complaint.contains("host and port"), "{complaint}");
}

#[tokio::test]
async fn a_url_without_a_database_is_reported() {
    let complaint = complaint("mongodb://ada:hush@127.0.0.1:1").await;
    assert!(complaint.contains("names no database"), "{complaint}");
}

#[tokio::test]
async fn a_server_that_is_too_old_is_reported() {
    // The wire version of MongoDB 3.6.
    let url = answering(|_| {
        let mut hello = fake::hello();
        hello.insert("maxWireVersion", 6);
        hello
    });
    let complaint = complaint(&url.await).await;
    assert!(complaint.contains("too old"), "{complaint}");
    assert!(complaint.contains("Update it"), "{complaint}");
}

#[tokio::test]
async fn a_wrong_password_is_reported() {
    let url = answering(|command| match command {
        "saslStart" => doc! { "ok": 0, "code": 18, "errmsg": "Authentication failed." },
        _ => fake::hello(),
    });
    let complaint = complaint(&url.await).await;
    assert!(complaint.contains("name or the password"), "{complaint}");
}

#[tokio::test]
async fn a_missing_permission_is_reported() {
    let address = fake::start(|command| match command {
        "find" => doc! { "ok": 0, "code": 13, "errmsg": "not authorized on planner" },
        _ => fake::hello(),
    });
    let complaint = complaint(&format!("mongodb://{}/planner", address.await)).await;
    assert!(complaint.contains("readWrite"), "{complaint}");
}

#[tokio::test]
async fn a_database_of_a_later_version_is_reported() {
    let Some(url) = database::new().await else {
        return;
    };
    let database = Database::open(&url).await.expect("opens");
    let schema = database.collection::<Document>("guestlist_schema");
    let later = doc! { "_id": "guestlist", "version": i64::MAX };
    schema.insert_one(later).await.expect("inserts");
    let complaint = complaint(&url).await;
    assert!(complaint.contains("update this program"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_that_start_together_create_the_same_indexes() {
    let Some(url) = database::new().await else {
        return;
    };
    let starts = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { MongodbStore::open(&url).await.expect("opens") })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.expect("starts");
    }
    let (server, _) = url.split_once('?').expect("has settings");
    let client = Client::with_uri_str(server).await.expect("is a URL");
    let database = client.default_database().expect("is named");
    let users = database.collection::<Document>("users");
    let mut names = users.list_index_names().await.expect("lists");
    names.sort();
    assert_eq!(names, ["_id_", "email_1", "first_admin_1", "role_1"]);
    let schema = database.collection::<Document>("guestlist_schema");
    assert_eq!(schema.count_documents(doc! {}).await.expect("counts"), 1);
}
