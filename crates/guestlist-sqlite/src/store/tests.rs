//! The schema, its migrations, and properties that the contract does not test.

use guestlist::{Epoch, Maintenance, SessionId, SessionStore, Timestamp, UserStore};
use rusqlite::StatementStatus;

use super::*;
use crate::{
    keys::KeyStatements, maintenance::MaintenanceStatements, messages::MessageStatements,
    sessions::SessionStatements, statements, tokens::TokenStatements, users::UserStatements,
};

#[tokio::test]
async fn every_statement_fits_the_migrated_schema() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let store = SqliteStore::open(folder.path().join("a.sqlite"))
        .await
        .expect("opens");
    for sql in statements() {
        let prepared = store
            .database
            .write(move |c| c.prepare(sql).map(drop))
            .await;
        prepared.expect(sql);
    }
}

/// Returns how SQLite runs the statement.
async fn plan_of(store: &SqliteStore, sql: &'static str) -> String {
    let explain = format!("EXPLAIN QUERY PLAN {sql}");
    let plan = store.database.find(move |connection| {
        let mut statement = connection.prepare(&explain)?;
        let unbound = statement.parameter_count();
        let params = rusqlite::params_from_iter(vec![rusqlite::types::Null; unbound]);
        let rows = statement.query_map(params, |row| row.get::<_, String>(3))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    });
    plan.await.expect(sql).join("; ")
}

/// A page of a list reads the records that are shown, not those that another index leaves out.
#[tokio::test]
async fn lists_of_a_few_records_use_their_index() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let store = SqliteStore::open(folder.path().join("a.sqlite"))
        .await
        .expect("opens");
    let (users, messages) = (UserStatements::of(""), MessageStatements::of(""));
    for (sql, index) in [
        (users.find_admins, "administrators (role=? AND id>?)"),
        (
            messages.list_messages_of,
            "messages_of_a_user (user_id=? AND id<?)",
        ),
        (
            messages.list_messages_in_state,
            "messages_by_state (state=?)",
        ),
    ] {
        let plan = plan_of(&store, sql).await;
        assert!(plan.contains(index), "{sql}: {plan}");
    }
}

#[tokio::test]
async fn look_ups_by_one_key_scan_no_table() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let store = SqliteStore::open(folder.path().join("a.sqlite"))
        .await
        .expect("opens");
    for sql in statements() {
        let plan = plan_of(&store, sql).await;
        let scans = [
            "SCAN u", "SCAN s", "SCAN t", "SCAN k", "SCAN f", "SCAN r", "SCAN e",
        ]
        .iter()
        .any(|scan| plan.contains(scan));
        let (users, sessions) = (UserStatements::of(""), SessionStatements::of(""));
        let (tokens, keys) = (TokenStatements::of(""), KeyStatements::of(""));
        let maintenance = MaintenanceStatements::of("");
        let few = [
            maintenance.ready,
            keys.list_keys,
            keys.purge_keys,
            maintenance.copy_mark,
            maintenance.clear_copy_mark,
            // Only for a file that no store has open.
            users.end_all_at_once,
            tokens.remove_service_tokens,
        ]
        .contains(&sql);
        let counts = sql.contains("count(*)");
        assert!(!scans || few || counts, "{sql}: {plan}");
        let messages = MessageStatements::of("");
        let sorts_a_few = [
            // The sessions of one user, whose number is limited by the quota.
            sessions.end_sessions_over_quota,
            // The messages that wait, and failed ones.
            messages.list_messages_in_state,
        ]
        .contains(&sql);
        assert!(
            !plan.contains("TEMP B-TREE") || few || sorts_a_few,
            "{sql}: {plan}"
        );
    }
}

#[tokio::test]
async fn what_is_bound_to_a_statement_does_not_prepare_it_anew() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let store = SqliteStore::open(folder.path().join("a.sqlite"))
        .await
        .expect("opens");
    for sql in statements() {
        let prepared = store.database.find(move |connection| {
            let mut statement = connection.prepare(sql)?;
            let mut prepared = Vec::new();
            for value in 0..if statement.readonly() { 3 } else { 0 } {
                let params = vec![value; statement.parameter_count()];
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                while rows.next()?.is_some() {}
                drop(rows);
                prepared.push(statement.get_status(StatementStatus::RePrepare));
            }
            Ok(prepared)
        });
        // The first time, a connection may read the schema.
        let prepared = prepared.await.expect(sql);
        assert_eq!(prepared.first(), prepared.last(), "{sql}");
    }
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let path = folder.path().join("a.sqlite");
    let store = SqliteStore::open(&path).await.expect("opens");
    let newer = "INSERT INTO guestlist_migrations (version, name, applied_on, checksum)
        VALUES (999, 'future', '2030-01-01T00:00:00Z', '1')";
    store
        .database
        .write(move |c| c.execute(newer, ()))
        .await
        .expect("inserts");
    let refused = SqliteStore::open(&path).await;
    assert!(matches!(refused, Err(OpenError::TooNew(name)) if name.contains("future")));
}

#[tokio::test]
async fn users_of_the_first_version_are_still_there() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let database = Database::open(folder.path().join("a.sqlite"));
    let database = database.await.expect("opens");
    let first = migrations::migrations::runner().set_target(refinery::Target::Version(1));
    let migrated = database.migrate(first, "guestlist_migrations").await;
    migrated.expect("migrates");
    let insert = "INSERT INTO users VALUES
        (x'01890a5d2c007000800000000000000a', 'ada@example.com', 'Ada@example.com', '!', 7, 8, 9)";
    let inserted = database.write(move |c| c.execute(insert, ())).await;
    inserted.expect("inserts");
    let store = SqliteStore::over(database).await.expect("migrates");
    let ada = guestlist::testing::email("ada@example.com");
    let found = store.find_user_by_email(&ada).await.expect("answers");
    let found = found.expect("is there");
    assert_eq!((found.name, found.verified_at), (None, None));
    assert_eq!(found.disabled_at, Some(Timestamp::from_millis(8)));
    assert_eq!(found.epoch, Epoch(9));
}

#[tokio::test]
async fn sessions_of_the_second_version_end_and_their_user_stays() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let database = Database::open(folder.path().join("a.sqlite"));
    let database = database.await.expect("opens");
    let second = migrations::migrations::runner().set_target(refinery::Target::Version(2));
    let migrated = database.migrate(second, "guestlist_migrations").await;
    migrated.expect("migrates");
    let insert = "
        INSERT INTO users (id, email, email_as_given, password_hash, created_at, epoch) VALUES
            (x'01890a5d2c007000800000000000000a', 'ada@example.com', 'ada@example.com', '!', 7, 9);
        INSERT INTO sessions (id, user_id, epoch, created_at, expires_at, device, address) VALUES
            (x'01890a5d2c007000800000000000000b', x'01890a5d2c007000800000000000000a', 9, 100,
             3600100, 'a browser', '192.0.2.1'),
            (x'01890a5d2c007000800000000000000c', x'01890a5d2c007000800000000000000a', 8, 100,
             3600100, NULL, NULL);";
    let inserted = database.write(move |c| c.execute_batch(insert)).await;
    inserted.expect("inserts");
    let store = SqliteStore::over(database).await.expect("migrates");
    let ada = guestlist::testing::email("ada@example.com");
    let found = store.find_user_by_email(&ada).await.expect("answers");
    let user = found.expect("is there");
    assert_eq!((user.epoch, user.token_epoch), (Epoch(9), Epoch(0)));
    let id: SessionId = "01890a5d-2c00-7000-8000-00000000000b"
        .parse()
        .expect("is an id");
    assert!(store.find_session(id).await.expect("answers").is_none());
    let sessions = store.list_sessions(user.id, None, 9).await.expect("lists");
    assert!(sessions.is_empty());
}

#[tokio::test]
async fn two_that_open_a_new_file_at_once_both_find_it_migrated() {
    let folder = tempfile::tempdir().expect("makes a folder");
    for round in 0..5 {
        let path = folder.path().join(format!("{round}.sqlite"));
        let (first, second) = tokio::join!(SqliteStore::open(&path), SqliteStore::open(&path));
        first.expect("opens").ready().await.expect("is ready");
        second.expect("opens").ready().await.expect("is ready");
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_opening_again() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let path = folder.path().join("a.sqlite");
    let user = guestlist::testing::user("ada@example.com");
    let store = SqliteStore::open(&path).await.expect("opens");
    store.insert_user(&user).await.expect("inserts");
    drop(store);
    let store = SqliteStore::open(&path).await.expect("opens");
    let found = store.find_user(user.id).await.expect("answers");
    assert!(found.is_some());
}
