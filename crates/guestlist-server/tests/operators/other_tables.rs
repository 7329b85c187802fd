//! A database that another program uses: which names are refused, and that nothing is created
//! there.

use std::{fs, path::Path};

use guestlist_mongodb::mongodb::{
    self,
    bson::{Document, doc},
};
use guestlist_postgres::tokio_postgres::{self, NoTls};
use guestlist_server::database::Stores;
use guestlist_sqlite::rusqlite::Connection;

use super::refusal;
use crate::test_database::TestDatabase;

#[test]
fn a_file_of_another_program_is_refused_and_not_changed() {
    for (make, words) in [
        (
            "CREATE TABLE moz_places (url TEXT)",
            "holds tables of another program (\"moz_places\") and none of this one; name another file",
        ),
        (
            "CREATE TABLE users (id INTEGER); CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x);
             CREATE TABLE d (x); CREATE TABLE e (x)",
            "(\"a\", \"b\", \"c\", \"d\", \"e\" and 1 more)",
        ),
    ] {
        let folder = tempfile::tempdir().expect("makes a folder");
        let path = folder.path().join("theirs.sqlite");
        let file = Connection::open(&path).expect("opens");
        file.execute_batch(make).expect("makes");
        drop(file);
        let before = fs::read(&path).expect("reads");
        let said = refusal(folder.path(), &[("DATABASE_URL", "sqlite:theirs.sqlite")], &[]);
        assert!(said.contains(words), "{said}");
        assert!(said.contains("environment variable DATABASE_URL"), "{said}");
        assert_eq!(fs::read(&path).expect("reads"), before);
        let names = fs::read_dir(folder.path()).expect("reads").count();
        assert_eq!(names, 1, "only that file");
    }
}

/// An application that has the library's tables and its own `events` in one file.
#[tokio::test]
async fn a_name_of_the_planner_that_an_application_has_is_named_in_sqlite() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let path = folder.path().join("application.sqlite");
    drop(
        guestlist_sqlite::SqliteStore::open(&path)
            .await
            .expect("opens"),
    );
    let tables = |path: &Path| -> Vec<String> {
        let contents = guestlist_sqlite::Contents::of(path).expect("reads");
        contents.tables().to_vec()
    };
    let file = Connection::open(&path).expect("opens");
    let make = "CREATE TABLE events (id INTEGER)";
    file.execute_batch(make).expect("makes");
    drop(file);
    let before = tables(&path);
    let url = format!("sqlite:{}", path.display());
    let said = Stores::open(&url)
        .await
        .expect_err("is refused")
        .to_string();
    assert!(said.contains("\"events\""), "{said}");
    assert_eq!(tables(&path), before);
}

#[tokio::test]
async fn a_table_of_the_same_name_is_named_in_postgresql_and_nothing_is_left() {
    for (theirs, words) in [
        ("CREATE TABLE users (id int)", "\"users\""),
        ("CREATE VIEW tokens AS SELECT 1 AS a", "\"tokens\""),
        // The planner's table, which is created after the library's tables.
        ("CREATE TABLE events (id int)", "\"events\""),
        (
            "CREATE TABLE a (id int); CREATE INDEX public_events_by_start ON a (id)",
            "\"public_events_by_start\"",
        ),
        // A type of that name is found only when the table is created.
        ("CREATE TYPE users AS ENUM ('a')", "users"),
    ] {
        let Some(place) = TestDatabase::in_postgres() else {
            return;
        };
        let (client, connection) = tokio_postgres::connect(place.url(), NoTls)
            .await
            .expect("connects");
        tokio::spawn(connection);
        client.batch_execute(theirs).await.expect(theirs);
        let count =
            "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace";
        let count = async || -> i64 { client.query_one(count, &[]).await.expect("counts").get(0) };
        let before = count().await;
        let said = Stores::open(place.url()).await.expect_err("is refused");
        let said = said.to_string();
        assert!(
            said.contains(words) && said.contains("another program"),
            "{said}"
        );
        assert_eq!(count().await, before, "{theirs}");
    }
}

#[tokio::test]
async fn documents_in_a_collection_of_the_same_name_are_named_in_mongodb_and_nothing_is_left() {
    for (theirs, is_refused) in [
        ("users", true),
        ("keys", true),
        // The planner's collection, which is created after the library's collections.
        ("events", true),
        // Applications may have other collections in the database.
        ("orders", false),
    ] {
        let Some(place) = TestDatabase::in_mongodb() else {
            return;
        };
        let (url, _) = place.url().split_once('?').expect("has parameters");
        let client = mongodb::Client::with_uri_str(url).await.expect("connects");
        let database = client.default_database().expect("is named");
        let collection = database.collection::<Document>(theirs);
        let inserted = collection.insert_one(doc! { "a": 1 }).await;
        inserted.expect("inserts");
        let opened = Stores::open(place.url()).await;
        if !is_refused {
            assert!(opened.is_ok(), "{opened:?}");
            continue;
        }
        let said = opened.expect_err("is refused").to_string();
        let named = format!("{theirs:?}");
        assert!(
            said.contains(&named) && said.contains("another program"),
            "{said}"
        );
        let names = database.list_collection_names().await.expect("lists");
        assert_eq!(names, [theirs]);
    }
}
