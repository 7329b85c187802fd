//! Errors that stop a start: they come in time, name the problem and the fix, and do not show the
//! password.

use std::{error::Error, time::Duration};

use guestlist_postgres::{OpenError, PostgresStore, tokio_postgres};

use crate::schema;

pub(crate) async fn refusal(url: &str) -> String {
    let opened = tokio::time::timeout(Duration::from_secs(10), PostgresStore::open(url)).await;
    let refused = opened.expect("ends in time").expect_err(url);
    assert!(!matches!(refused, OpenError::Server(..)), "{refused:?}");
    if refused.source().is_some() {
        assert_keeps_driver_error(&refused);
    }
    let said = refused.to_string();
    assert!(!said.contains("s3cr3t"), "{said}");
    said
}

/// Asserts that the driver's error is one of the causes, and that a log line does not repeat it.
pub(crate) fn assert_keeps_driver_error(error: &(dyn Error + 'static)) {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    assert!(
        causes.any(|cause| cause.is::<tokio_postgres::Error>()),
        "{error:?}"
    );
    assert_eq!(guestlist::causes(error), error.to_string());
}

#[tokio::test]
async fn the_error_of_a_server_that_cannot_be_reached_keeps_the_error_of_the_driver() {
    let refused = PostgresStore::open("postgres://ada:s3cr3t@127.0.0.1:9/planner").await;
    assert_keeps_driver_error(&refused.expect_err("no server listens there"));
}

/// Returns the URL with another user, password and database.
pub(crate) fn with(url: &str, user: &str, database: &str) -> String {
    let (_, rest) = url.split_once('@').expect("has a user");
    let (server, _) = rest.split_once('/').expect("has a name");
    format!("postgres://{user}:s3cr3t@{server}/{database}")
}

#[tokio::test]
async fn an_unreachable_server_is_reported_as_unreachable() {
    // No program listens on port 9, "discard".
    let said = refusal("postgres://ada:s3cr3t@127.0.0.1:9/planner").await;
    assert!(
        said.contains("cannot reach") && said.contains("host and port"),
        "{said}"
    );
    let said = refusal("postgres://ada:s3cr3t@nowhere.invalid/planner").await;
    assert!(
        said.starts_with("cannot look up the host \"nowhere.invalid\""),
        "{said}"
    );
    // No machine has this address (RFC 5737): either there is no response, or the network reports
    // an error.
    let said = refusal("postgres://ada:s3cr3t@192.0.2.1/planner").await;
    assert!(said.contains("cannot reach"), "{said}");
}

#[tokio::test]
async fn a_missing_permission_is_reported_with_the_fix() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let client = schema::connected(&url).await;
    let role = format!("powerless_{}", std::process::id());
    let make = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 's3cr3t';
        REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    );
    client.batch_execute(&make).await.expect("makes a role");
    for (user, database, says) in [
        ("guestlist", "test", "user and password"),
        ("nobody_at_all", "test", "user and password"),
        (role.as_str(), "no_such_database", "CREATE DATABASE"),
        (role.as_str(), "test", "GRANT CREATE"),
    ] {
        let said = refusal(&with(&url, user, database)).await;
        assert!(said.contains(says), "{user} {database}: {said}");
    }
    let (server, _) = url.split_once('?').expect("has parameters");
    let elsewhere = format!("{server}?options=-csearch_path%3Dno_such_schema");
    let said = refusal(&elsewhere).await;
    assert!(said.contains("GRANT CREATE"), "{said}");
    let drop = format!("DROP ROLE {role}");
    client.batch_execute(&drop).await.expect("drops");
}

#[tokio::test]
async fn a_database_without_utf8_is_refused() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let client = schema::connected(&url).await;
    let name = format!("latin_{}", std::process::id());
    let make = format!("CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    client.batch_execute(&make).await.expect("makes a database");
    let (start, _) = url.split_once('?').expect("has parameters");
    let (server, _) = start.rsplit_once('/').expect("names a database");
    let said = refusal(&format!("{server}/{name}")).await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    client.batch_execute(&drop).await.expect("drops");
    assert!(said.contains("LATIN1") && said.contains("UTF8"), "{said}");
}

#[tokio::test]
async fn tables_of_another_program_are_named() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let client = schema::connected(&url).await;
    let make = "CREATE TABLE users (id serial PRIMARY KEY)";
    client.batch_execute(make).await.expect("makes a table");
    let said = refusal(&url).await;
    assert!(
        said.contains("\"users\"") && said.contains("another program"),
        "{said}"
    );
}
