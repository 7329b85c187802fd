//! Rights that are missing, and databases that can only be read: at a start and later. Each error
//! names the cause and the fix, and comes in time.

use std::{error::Error, fs, path::Path, time::Duration};

use guestlist::{StoreError, UserStore, testing::user};
use guestlist_postgres::PostgresStore;
use tokio::time::{sleep, timeout};

use crate::{
    cluster::Cluster,
    opening::{assert_keeps_driver_error, refusal, with},
    schema,
};

/// The longest time a call may take.
const LONGEST: Duration = Duration::from_secs(2);

/// Returns the cause of a change that was certainly not done.
async fn refused_change(store: &PostgresStore) -> Box<dyn Error + Send + Sync> {
    let new = user("new@example.com");
    let written = timeout(LONGEST, store.insert_user(&new)).await;
    match written.expect("is answered in time") {
        Err(StoreError::Failed(cause)) => cause,
        other => panic!("is refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_database_without_the_right_to_connect_is_refused_with_the_fix() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let client = schema::connected(&url).await;
    let name = format!("closed_{}", std::process::id());
    let make = format!("CREATE ROLE {name} LOGIN PASSWORD 's3cr3t'");
    client.batch_execute(&make).await.expect("makes a role");
    let make = format!("CREATE DATABASE {name}");
    client.batch_execute(&make).await.expect("makes a database");
    let close = format!("REVOKE CONNECT ON DATABASE {name} FROM PUBLIC");
    client.batch_execute(&close).await.expect("revokes");
    let said = refusal(&with(&url, &name, &name)).await;
    let drop = format!("DROP DATABASE {name}");
    client.batch_execute(&drop).await.expect("drops");
    let drop = format!("DROP ROLE {name}");
    client.batch_execute(&drop).await.expect("drops");
    assert!(said.contains("GRANT CONNECT ON DATABASE"), "{said}");
}

#[tokio::test]
async fn a_right_that_is_lost_later_is_reported_with_the_fix() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    let client = schema::connected(&url).await;
    let role = format!("losing_{}", std::process::id());
    let make = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 's3cr3t';
        DO $$ BEGIN
            EXECUTE format('GRANT CREATE, USAGE ON SCHEMA %I TO {role}', current_schema());
        END $$"
    );
    client.batch_execute(&make).await.expect("makes a role");
    let (start, parameters) = url.split_once('?').expect("has parameters");
    let (_, database) = start.rsplit_once('/').expect("names a database");
    let theirs = with(&url, &role, database);
    let store = PostgresStore::open(&format!("{theirs}?{parameters}")).await;
    let store = store.expect("opens");
    let kept = user("kept@example.com");
    store.insert_user(&kept).await.expect("inserts");

    let revoke = format!("REVOKE INSERT ON users FROM {role}");
    client.batch_execute(&revoke).await.expect("revokes");
    let cause = refused_change(&store).await;
    assert_keeps_driver_error(&*cause);
    let said = cause.to_string();
    assert!(
        said.contains("permission denied") && said.contains("GRANT ALL"),
        "{said}"
    );
    let found = store.find_user(kept.id).await.expect("reads");
    assert!(found.is_some(), "reads still work");

    let revoke = format!("REVOKE SELECT ON users FROM {role}");
    client.batch_execute(&revoke).await.expect("revokes");
    let read = store.find_user(kept.id).await;
    assert!(
        matches!(&read, Err(StoreError::Failed(why)) if why.to_string().contains("GRANT ALL")),
        "{read:?}"
    );
    drop(store);
    let drop = format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
    client.batch_execute(&drop).await.expect("drops");
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_refused_with_the_fix() {
    let Some(url) = schema::of_this_test().await else {
        return;
    };
    // Also if the tables exist, so that a start would change nothing.
    for exists in [false, true] {
        if exists {
            PostgresStore::open(&url).await.expect("opens");
        }
        let only_read = format!("{url}%20-cdefault_transaction_read_only%3Don");
        let said = refusal(&only_read).await;
        assert!(
            said.contains("default_transaction_read_only = off"),
            "{said}"
        );
        let said = refusal(&format!("{only_read}&target_session_attrs=read-write")).await;
        assert!(said.contains("promote a standby"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_can_only_be_read_later_refuses_changes_with_the_fix() {
    let Some(cluster) = Cluster::start("postgres") else {
        return;
    };
    let url = cluster.url();
    let store = PostgresStore::open(&url).await.expect("opens");
    let kept = user("kept@example.com");
    store.insert_user(&kept).await.expect("inserts");

    // The setting reaches all open connections.
    let client = schema::connected(&url).await;
    for change in [
        "ALTER SYSTEM SET default_transaction_read_only = on",
        "SELECT pg_reload_conf()",
    ] {
        client.batch_execute(change).await.expect("sets");
    }
    sleep(Duration::from_millis(500)).await;
    let said = refused_change(&store).await.to_string();
    assert!(said.contains("default_transaction_read_only"), "{said}");
    let found = store.find_user(kept.id).await.expect("reads");
    assert!(found.is_some(), "reads still work");
    for change in [
        "SET default_transaction_read_only = off",
        "ALTER SYSTEM RESET default_transaction_read_only",
    ] {
        client.batch_execute(change).await.expect("sets");
    }

    // The server starts again as a standby without a primary.
    let row = client.query_one("SHOW data_directory", &[]).await;
    let data: String = row.expect("asks").get(0);
    cluster.run("stop");
    fs::write(Path::new(&data).join("standby.signal"), "").expect("writes");
    cluster.run("start");
    let mut said = refused_change(&store).await.to_string();
    // The first change may meet a connection that broke when the server stopped.
    if !said.contains("standby") {
        said = refused_change(&store).await.to_string();
    }
    assert!(
        said.contains("standby") && said.contains("primary"),
        "{said}"
    );
    let found = store.find_user(kept.id).await.expect("reads");
    assert!(found.is_some(), "reads still work");
    let said = refusal(&url).await;
    assert!(said.contains("is a standby"), "{said}");
}
