//! Events that an earlier version of this program stored are migrated.

use guestlist::{Timestamp, UserId, testing::user};
use guestlist_mongodb::mongodb::bson::{Document, doc};
use guestlist_postgres::tokio_postgres::{self, NoTls};
use guestlist_server::database::{Stores, file};
use guestlist_sqlite::rusqlite::Connection;
use planner::{
    Event, EventFields, EventFilter, EventId, PlannerStore, Version, Visibility, When, WhenFields,
    Zone,
};

use crate::test_database::TestDatabase;

/// 2026-12-02 and 2026-12-03, in milliseconds since 1970.
const DAYS: [i64; 2] = [1_796_169_600_000, 1_796_256_000_000];
const HOUR: i64 = 3_600_000;
/// A tag in a decomposed Unicode form. The current version stores the composed form.
const DECOMPOSED: &str = "cafe\u{301}";
/// SQL that removes what versions 3 and 4 added: the time zone of a day, and fingerprints.
const WITHOUT_ZONES: &str = "
    ALTER TABLE events DROP COLUMN fingerprint;
    UPDATE events SET time_zone = NULL WHERE starts_at IS NULL;
    DROP INDEX events_to_renew;";
/// SQL that removes what version 2 added.
const WITHOUT_OVER_AT: &str = "
    DROP INDEX public_events_by_start;
    DROP INDEX events_of_a_creator_by_start;
    ALTER TABLE events DROP COLUMN over_at;
    CREATE INDEX public_events_by_start ON events (sort_at, id) WHERE visibility = 'public';
    CREATE INDEX events_of_a_creator_by_start ON events (creator, sort_at, id);
    DELETE FROM planner_migrations WHERE version > 1;";
/// SQL for what version 2 stored: days end in UTC, and an event without an end ends when it begins.
const OVER_AT_OF_THE_SECOND: &str = "
    UPDATE events SET over_at = coalesce(ends_at, starts_at, 9223372036854775807);
    UPDATE events SET over_at = 1796256000000 WHERE start_date IS NOT NULL;
    DELETE FROM planner_migrations WHERE version > 2;";

fn event(creator: UserId, when: &WhenFields) -> Event {
    let now = Timestamp::from_millis(DAYS[0]);
    Event {
        id: EventId::new(now),
        creator,
        fields: EventFields {
            title: "Tea".to_owned(),
            description: String::new(),
            image: None,
            tags: vec![DECOMPOSED.to_owned(), "tea".to_owned()],
            location: None,
            online_url: None,
            when: When::parse(when, &Zone::utc()).expect("is a time"),
            capacity: None,
            visibility: Visibility::Public,
        },
        created_at: now,
        updated_at: now,
        version: Version::FIRST,
        fingerprint: None,
    }
}

/// Stores an event with an end, one without, one that ends when it begins, one in whole days, and
/// one without a time.
async fn keep_events(stores: &Stores) {
    let creator = user("ada@example.com");
    stores
        .accounts
        .insert_user(&creator)
        .await
        .expect("inserts");
    let text = |text: &str| Some(text.to_owned());
    for when in [
        WhenFields {
            starts_at: text("2026-11-01T00:00Z"),
            ends_at: text("2026-12-02T00:00Z"),
            ..WhenFields::default()
        },
        WhenFields {
            starts_at: text("2026-12-02T00:00Z"),
            time_zone: text("Europe/Berlin"),
            ..WhenFields::default()
        },
        WhenFields {
            starts_at: text("2026-12-02T00:00Z"),
            ends_at: text("2026-12-02T00:00Z"),
            ..WhenFields::default()
        },
        WhenFields {
            start_date: text("2026-11-01"),
            end_date: text("2026-12-02"),
            ..WhenFields::default()
        },
        WhenFields::default(),
    ] {
        let event = event(creator.id, &when);
        stores
            .planner
            .insert_event(&event, 1_000)
            .await
            .expect("inserts");
    }
}

async fn listed(store: &dyn PlannerStore, filter: &EventFilter) -> Vec<Event> {
    let limit = planner::ListLimit {
        events: 9,
        bytes: u32::MAX,
    };
    let list = store.list_events(filter, None, limit).await.expect("lists");
    list.events.into_iter().map(|shown| shown.event).collect()
}

async fn over_by(store: &dyn PlannerStore, at: i64) -> usize {
    let filter = EventFilter {
        over_by: Some(Timestamp::from_millis(at)),
        ..EventFilter::default()
    };
    listed(store, &filter).await.len()
}

/// Stores events, changes the database back to the earlier version, and opens it again.
async fn assert_old_events_are_migrated(database: TestDatabase, undo: impl AsyncFnOnce(&str)) {
    let stores = Stores::open(database.url()).await.expect("opens");
    keep_events(&stores).await;
    stores.close().await.expect("closes");
    undo(database.url()).await;
    // The second opening changes nothing.
    for _ in 0..2 {
        let stores = Stores::open(database.url()).await.expect("opens");
        let mut over = Vec::new();
        let everywhere = DAYS[1] + 12 * HOUR;
        for at in [
            DAYS[0] - 1,
            DAYS[0],
            DAYS[1] - HOUR - 1,
            DAYS[1] - HOUR,
            DAYS[1],
            everywhere - 1,
            everywhere,
            i64::MAX - 1,
        ] {
            over.push(over_by(&*stores.planner, at).await);
        }
        assert_eq!(over, [0, 1, 1, 2, 3, 3, 4, 4]);
        let all = listed(&*stores.planner, &EventFilter::default()).await;
        assert_eq!(all.len(), 5);
        for event in all {
            assert_eq!(event.fields.tags, ["caf\u{e9}", "tea"]);
            assert_eq!(
                event.version,
                Version::FIRST,
                "the migration is no change by a user"
            );
        }
        stores.close().await.expect("closes");
    }
}

#[tokio::test]
async fn old_events_are_migrated_in_sqlite() {
    for of_that_version in [WITHOUT_OVER_AT, OVER_AT_OF_THE_SECOND] {
        let undo = async |url: &str| {
            let file = Connection::open(file(url).expect("is one")).expect("opens");
            file.execute_batch(WITHOUT_ZONES).expect("undoes");
            file.execute_batch(of_that_version).expect("undoes");
        };
        assert_old_events_are_migrated(TestDatabase::in_sqlite(), undo).await;
    }
}

#[tokio::test]
async fn old_events_are_migrated_in_postgres() {
    for of_that_version in [WITHOUT_OVER_AT, OVER_AT_OF_THE_SECOND] {
        let Some(database) = TestDatabase::in_postgres() else {
            return;
        };
        let undo = async |url: &str| {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connects");
            tokio::spawn(connection);
            client.batch_execute(WITHOUT_ZONES).await.expect("undoes");
            client.batch_execute(of_that_version).await.expect("undoes");
        };
        assert_old_events_are_migrated(database, undo).await;
    }
}

#[tokio::test]
async fn old_events_are_migrated_in_mongodb() {
    for version in [1_i64, 2] {
        let Some(database) = TestDatabase::in_mongodb() else {
            return;
        };
        let undo = async |url: &str| {
            let database = guestlist_mongodb::Database::open(url).await.expect("opens");
            let events = database.collection::<Document>("events");
            let over_at = match version {
                1 => doc! { "$unset": { "over_at": "" } },
                _ => doc! { "$set": { "over_at": DAYS[0] } },
            };
            events.update_many(doc! {}, over_at).await.expect("undoes");
            let days = doc! { "starts_at": null };
            let no_zone = doc! { "$set": { "time_zone": null } };
            events.update_many(days, no_zone).await.expect("undoes");
            let schema = database.collection::<Document>("guestlist_schema");
            let earlier = doc! { "$set": { "version": version } };
            let planner = doc! { "_id": "planner" };
            schema.update_one(planner, earlier).await.expect("undoes");
        };
        assert_old_events_are_migrated(database, undo).await;
    }
}
