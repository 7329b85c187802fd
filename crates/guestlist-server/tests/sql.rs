//! SQL queries that a test sends to a database directly, without the application.

use std::thread;

use guestlist_postgres::tokio_postgres::{self, NoTls, SimpleQueryMessage};
use rusqlite::{Connection, types::ValueRef};
use tokio::runtime;

/// Whether the database at this URL can be queried with SQL.
pub(crate) fn speaks_sql(url: &str) -> bool {
    !url.starts_with("mongodb")
}

/// Runs an SQL statement and returns its rows as texts. `url` is a `sqlite:` or `postgres:` URL.
pub(crate) fn query(url: &str, sql: &str) -> Vec<Vec<String>> {
    match url.split_once(':') {
        Some(("sqlite", file)) => in_sqlite(file, sql),
        Some(("postgres", _)) => thread::scope(|scope| {
            // The calling thread may already run an async runtime.
            let asking = scope.spawn(|| in_postgres(url, sql));
            asking.join().expect("ends")
        }),
        _ => panic!("no SQL engine: {url}"),
    }
}

fn in_sqlite(file: &str, sql: &str) -> Vec<Vec<String>> {
    let database = Connection::open(file).expect("opens");
    let mut statement = database.prepare(sql).expect(sql);
    let columns = statement.column_count();
    let text = |value: ValueRef<'_>| match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        _ => String::new(),
    };
    let rows = statement.query_map((), |row| {
        let texts = (0..columns).map(|column| row.get_ref(column).map(text));
        texts.collect()
    });
    let rows = rows.expect(sql).collect::<Result<_, _>>();
    rows.expect(sql)
}

fn in_postgres(url: &str, sql: &str) -> Vec<Vec<String>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("starts").block_on(async {
        let connected = tokio_postgres::connect(url, NoTls).await;
        let (client, connection) = connected.expect("connects");
        tokio::spawn(connection);
        let shown = client.simple_query(sql).await.expect(sql);
        let rows = shown.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let texts = rows.map(|row| (0..row.len()).map(|column| text(row.get(column))).collect());
        texts.collect()
    })
}
