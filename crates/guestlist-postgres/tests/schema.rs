//! A schema of its own for each test.

use std::{str::FromStr, thread};

use guestlist_postgres::tokio_postgres::{self, NoTls};

/// Creates an empty schema for this test in the database that `TEST_POSTGRES_URL` names, and
/// returns its URL. Returns `None` if there is no server.
pub(crate) async fn of_this_test() -> Option<String> {
    let url = guestlist::testing::service("TEST_POSTGRES_URL")?;
    let test = thread::current().name().unwrap_or("main").to_owned();
    // A schema name has at most 63 bytes. The end of a test's name says most about it.
    let mut schema = test.replace("::", "_");
    schema.drain(..schema.len().saturating_sub(63));
    let client = connected(&url).await;
    let new = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    client.batch_execute(&new).await.expect("makes a schema");
    let separator = if url.contains('?') { '&' } else { '?' };
    Some(format!("{url}{separator}options=-csearch_path%3D{schema}"))
}

/// Opens a connection that does not use the code under test.
pub(crate) async fn connected(url: &str) -> tokio_postgres::Client {
    let config = tokio_postgres::Config::from_str(url).expect("is a URL");
    let (client, connection) = config.connect(NoTls).await.expect("connects");
    tokio::spawn(connection);
    client
}
