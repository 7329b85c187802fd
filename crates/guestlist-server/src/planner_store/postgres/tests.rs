//! The schema, and properties that the contract does not test.

use guestlist_postgres::{
    PostgresStore,
    tokio_postgres::{Client, NoTls, SimpleQueryMessage, connect},
};

use super::*;

/// Connects to a new, migrated schema for one test, if there is a server.
async fn migrated(schema: &str) -> Option<Client> {
    let url = guestlist::testing::service("TEST_POSTGRES_URL")?;
    let url = format!("{url}?options=-csearch_path%3D{schema}");
    let (client, connection) = connect(&url, NoTls).await.expect("connects");
    tokio::spawn(connection);
    let new = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    client.batch_execute(&new).await.expect("makes a schema");
    let database = Database::open(&url).await.expect("opens");
    let users = PostgresStore::over(database.clone()).await;
    users.expect("migrates");
    let planner = PostgresPlannerStore::over(database).await;
    planner.expect("migrates");
    Some(client)
}

#[tokio::test]
async fn every_statement_fits_the_migrated_schema() {
    let Some(client) = migrated("planner_statements").await else {
        return;
    };
    for sql in events::STATEMENTS.iter().chain(renew::STATEMENTS) {
        client.prepare(sql).await.expect(sql);
    }
}

/// PostgreSQL reads a small table as a whole, so the tests forbid that plan.
#[tokio::test]
async fn lists_walk_an_index_and_sort_nothing() {
    let Some(client) = migrated("planner_plans").await else {
        return;
    };
    let indexes = "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off;
        SET plan_cache_mode = force_generic_plan";
    client.batch_execute(indexes).await.expect("sets");
    for (number, sql) in events::LISTS.into_iter().enumerate() {
        let prepare = format!("PREPARE list{number} AS {sql}");
        client.batch_execute(&prepare).await.expect(sql);
        let nulls = ["NULL"; 12].join(", ");
        let explain = format!("EXPLAIN EXECUTE list{number} ({nulls})");
        let plan = client.simple_query(&explain).await.expect(sql);
        let plan = plan.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        let plan = plan.collect::<Vec<_>>().join("\n");
        assert!(
            !plan.contains("Sort") && !plan.contains("Seq Scan"),
            "{plan}"
        );
        let mut conditions = plan.lines().filter(|line| line.contains("Index Cond:"));
        assert!(conditions.any(|line| line.contains("ROW(")), "{plan}");
        assert!(plan.contains("users_pkey"), "{plan}");
    }
}
