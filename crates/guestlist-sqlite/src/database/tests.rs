//! Opening a file, its connections, and its migrations.

use super::*;

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_refused_with_what_is_wrong() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let text = folder.path().join("text");
    std::fs::write(
        &text,
        "no database, and longer than the head of one".repeat(100),
    )
    .expect("writes");
    for (path, cause) in [
        (folder.path().to_owned(), "this is a folder"),
        (
            folder.path().join("a/b/c.sqlite"),
            "its folder does not exist",
        ),
        (text, "this is not a SQLite database"),
    ] {
        let refused = Database::open(&path).await.expect_err("is refused");
        let words = refused.to_string();
        assert!(words.contains(cause), "{words}");
        let named = path.display().to_string();
        assert_eq!(words.matches(&named).count(), 1, "{words}");
    }
}

#[tokio::test]
async fn writes_are_durable_and_readers_cannot_write() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let database = Database::open(folder.path().join("a.sqlite"))
        .await
        .expect("opens");
    let pragmas = |connection: &Connection| {
        let text = |pragma: &str| -> rusqlite::Result<String> {
            connection.pragma_query_value(None, pragma, |row| row.get(0))
        };
        let number = |pragma: &str| -> rusqlite::Result<i64> {
            connection.pragma_query_value(None, pragma, |row| row.get(0))
        };
        Ok((
            text("journal_mode")?,
            number("synchronous")?,
            number("foreign_keys")?,
        ))
    };
    let expected = ("wal".to_owned(), 2, 1);
    assert_eq!(database.find(pragmas).await.expect("reads"), expected);
    assert_eq!(database.list(pragmas).await.expect("reads"), expected);
    assert_eq!(database.write(pragmas).await.expect("reads"), expected);
    let create = |connection: &Connection| connection.execute_batch("CREATE TABLE t (x)");
    assert!(database.find(create).await.is_err());
    assert!(database.list(create).await.is_err());
    assert!(database.write(create).await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_and_what_lies_beside_it_are_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("makes a folder");
    let database = Database::open(folder.path().join("a.sqlite")).await;
    let database = database.expect("opens");
    let create = |connection: &Connection| connection.execute_batch("CREATE TABLE t (x)");
    database.write(create).await.expect("writes");
    for name in ["a.sqlite", "a.sqlite-wal", "a.sqlite-shm"] {
        let metadata = std::fs::metadata(folder.path().join(name)).expect(name);
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_settled_file_is_whole_without_its_log() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let (path, copy) = (
        folder.path().join("a.sqlite"),
        folder.path().join("b.sqlite"),
    );
    let database = Database::open(&path).await.expect("opens");
    let create = "CREATE TABLE t (x); INSERT INTO t VALUES (7)";
    database
        .write(move |c| c.execute_batch(create))
        .await
        .expect("writes");
    database.settle().await.expect("settles");
    std::fs::copy(&path, &copy).expect("copies");
    let copied = Database::open(&copy).await.expect("opens");
    let read = copied.find(|c| c.query_row("SELECT x FROM t", (), |row| row.get::<_, i64>(0)));
    assert_eq!(read.await.expect("reads"), 7);
}

#[tokio::test]
async fn migrations_that_are_interrupted_leave_nothing_behind() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let database = Database::open(folder.path().join("a.sqlite")).await;
    let database = database.expect("opens");
    let migrations = |second: &str| {
        let of = |name, sql| refinery::Migration::unapplied(name, sql).expect("has a name");
        Runner::new(&[of("V1__one", "CREATE TABLE one (x)"), of("V2__two", second)])
    };
    let broken = database.migrate(migrations("CREATE TABLE two (x, x)"), "migrations");
    assert!(matches!(broken.await, Err(OpenError::Migration(_))));
    let whole = database.migrate(migrations("CREATE TABLE two (x)"), "migrations");
    whole.await.expect("begins from nothing");
}

#[tokio::test]
async fn what_is_no_database_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let path = folder.path().join("not.sqlite");
    std::fs::write(&path, "x".repeat(4096)).expect("writes");
    let error = Database::open(&path)
        .await
        .expect_err("is no database")
        .to_string();
    assert!(error.contains("not.sqlite"), "{error}");
}
