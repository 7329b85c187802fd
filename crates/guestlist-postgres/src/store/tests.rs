//! The schema, its migrations, and properties that the contract does not test.

use guestlist::{
    Maintenance, Rotation, Session, SessionId, SessionRotation, SessionStore, Timestamp, TokenHash,
    UserStore,
};

use super::*;
use crate::{keys, maintenance, messages, users};

/// Returns a new schema for one test, if there is a server.
async fn database(schema: &str) -> Option<Database> {
    let url = guestlist::testing::service("TEST_POSTGRES_URL")?;
    let database = Database::open(&format!("{url}?options=-csearch_path%3D{schema}")).await;
    let database = database.expect("opens");
    let client = database.connection().await.ok().expect("connects");
    let new = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    client.batch_execute(&new).await.expect("makes a schema");
    Some(database)
}

#[tokio::test]
async fn every_statement_fits_the_migrated_schema() {
    let Some(database) = database("statements").await else {
        return;
    };
    let store = PostgresStore::over(database).await.expect("migrates");
    let client = store.database.connection().await.ok().expect("connects");
    for sql in crate::statements() {
        client.prepare(sql).await.expect(sql);
    }
}

/// Returns how PostgreSQL runs the statement.
async fn plan_of(client: &tokio_postgres::Client, sql: &str) -> String {
    let parameters = client.prepare(sql).await.expect(sql).params().len();
    let prepare = format!("PREPARE planned AS {sql}");
    client.batch_execute(&prepare).await.expect(sql);
    let given = match vec!["NULL"; parameters].join(", ") {
        none if none.is_empty() => none,
        nulls => format!("({nulls})"),
    };
    let explain = format!("EXPLAIN EXECUTE planned {given}");
    let plan = client.simple_query(&explain).await.expect(sql);
    let forget = client.batch_execute("DEALLOCATE planned").await;
    forget.expect("forgets the statement");
    let plan = plan.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    plan.collect::<Vec<_>>().join("\n")
}

/// A page of a list reads the records that are shown, not those that another index leaves out.
#[tokio::test]
async fn lists_of_a_few_records_use_their_index() {
    let Some(database) = database("plans_of_lists").await else {
        return;
    };
    let store = PostgresStore::over(database).await.expect("migrates");
    let client = store.database.connection().await.ok().expect("connects");
    let indexes = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
    client.batch_execute(indexes).await.expect("sets");
    for (sql, index) in [
        (users::FIND_ADMINS, "administrators"),
        (messages::LIST_MESSAGES_OF, "messages_of_a_user"),
        (messages::LIST_MESSAGES_IN_STATE, "messages_by_state"),
    ] {
        let plan = plan_of(&client, sql).await;
        assert!(plan.contains(index), "{sql}:\n{plan}");
    }
}

/// PostgreSQL reads a small table as a whole, so the tests forbid that plan.
#[tokio::test]
async fn look_ups_by_one_key_scan_no_table() {
    let Some(database) = database("plans").await else {
        return;
    };
    let store = PostgresStore::over(database).await.expect("migrates");
    let client = store.database.connection().await.ok().expect("connects");
    let indexes = "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off;
        SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan";
    client.batch_execute(indexes).await.expect("sets");
    for sql in crate::statements() {
        let plan = plan_of(&client, sql).await;
        let few = [maintenance::READY, keys::LIST_KEYS, keys::PURGE_KEYS].contains(&sql);
        let counts = sql.contains("count(*)");
        assert!(
            !plan.contains("Seq Scan") || few || counts,
            "{sql}:\n{plan}"
        );
    }
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let Some(database) = database("newer").await else {
        return;
    };
    let store = PostgresStore::over(database).await.expect("migrates");
    let newer = "INSERT INTO guestlist_migrations (version, name, applied_on, checksum)
        VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')";
    store.database.change(newer, &[]).await.expect("inserts");
    let refused = PostgresStore::over(store.database).await;
    assert!(matches!(refused, Err(OpenError::TooNew(name)) if name.contains("future")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_nodes_that_start_at_once_each_finds_the_tables_migrated() {
    let Some(database) = database("many_nodes").await else {
        return;
    };
    let nodes = (0..8).map(|_| PostgresStore::over(database.clone()));
    for store in futures_util::future::join_all(nodes).await {
        store.expect("migrates").ready().await.expect("is ready");
    }
    let applied = database.list("SELECT version FROM guestlist_migrations", &[]);
    let migrations = migrations::migrations::runner().get_migrations().len();
    assert_eq!(applied.await.expect("reads").len(), migrations, "each once");
}

#[tokio::test]
async fn what_a_client_calls_itself_may_hold_any_character() {
    let Some(database) = database("any_character").await else {
        return;
    };
    let store = PostgresStore::over(database).await.expect("migrates");
    let user = guestlist::testing::user("ada@example.com");
    store.insert_user(&user).await.expect("inserts");
    let session = Session {
        id: SessionId::new(user.created_at),
        user_id: user.id,
        epoch: user.epoch,
        secret_hash: None,
        secret_expires_at: None,
        refresh_hash: None,
        generation: u32::MAX,
        refreshed_at: None,
        refreshed_by: guestlist::Client::default(),
        retries: u32::MAX,
        salt: guestlist::Salt::new(),
        scope: guestlist::Scope::Account,
        created_at: user.created_at,
        last_seen_at: user.created_at,
        proven_at: user.created_at,
        expires_at: Timestamp::from_millis(i64::MAX),
        idle_for: std::time::Duration::from_millis(1),
        how: guestlist::SignInMethod::Password,
        client: guestlist::Client {
            device: Some("a\0b\u{1b}\u{10ffff}".to_owned()),
            address: "2001:db8::1".parse().ok(),
        },
    };
    store.insert_session(&session, 100).await.expect("inserts");
    let (found, _) = store
        .find_session(session.id)
        .await
        .expect("answers")
        .expect("is there");
    assert_eq!(
        found.client.device.as_deref(),
        Some("a\u{fffd}b\u{1b}\u{10ffff}")
    );
    assert_eq!(found.client.address, session.client.address);
    assert_eq!(found.generation, u32::MAX);
    assert_eq!(found.expires_at, session.expires_at);
    let rotation = Rotation {
        refresh_hash: TokenHash::from_stored(&[7; 40]),
        secret_hash: None,
        secret_expires_at: None,
        client: session.client,
    };
    let rotated = store.rotate_session(session.id, u32::MAX, &rotation, user.created_at);
    assert!(matches!(rotated.await, Ok(SessionRotation::Rotated)));
}
