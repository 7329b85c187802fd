//! Events that an earlier version of this program kept.

use guestlist::{Timestamp, UserId, testing::user};
use guestlist_mongodb::mongodb::bson::{Document, doc};
use guestlist_postgres::tokio_postgres::{self, NoTls};
use guestlist_server::database::{Stores, file};
use guestlist_sqlite::rusqlite::Connection;
use planner::{
    Event, EventFields, EventFilter, EventId, PlannerStore, Version, Visibility, When, WhenFields,
};

use crate::place::Place;

/// 2026-12-02, and a day later.
const DAYS: [i64; 2] = [1_796_169_600_000, 1_796_256_000_000];
/// What the first version did not have.
const WITHOUT_OVER_AT: &str = "
    DROP INDEX public_events_by_start;
    DROP INDEX events_of_a_creator_by_start;
    ALTER TABLE events DROP COLUMN over_at;
    CREATE INDEX public_events_by_start ON events (sort_at, id) WHERE visibility = 'public';
    CREATE INDEX events_of_a_creator_by_start ON events (creator, sort_at, id);
    ALTER TABLE events DROP COLUMN fingerprint;
    DELETE FROM planner_migrations WHERE version > 1;";

fn event(creator: UserId, when: &WhenFields) -> Event {
    let now = Timestamp::from_millis(DAYS[0]);
    Event {
        id: EventId::new(now),
        creator,
        fields: EventFields {
            title: "Tea".to_owned(),
            description: String::new(),
            image: None,
            tags: vec![],
            location: None,
            online_url: None,
            when: When::parse(when).expect("is a time"),
            capacity: None,
            visibility: Visibility::Public,
        },
        created_at: now,
        updated_at: now,
        version: Version::FIRST,
        fingerprint: None,
    }
}

/// One that ends, one that does not, days, and nothing.
async fn keep_events(stores: &Stores) {
    let creator = user("ada@example.com");
    stores.door.insert_user(&creator).await.expect("inserts");
    let text = |text: &str| Some(text.to_owned());
    for when in [
        WhenFields {
            starts_at: text("2026-11-01T00:00Z"),
            ends_at: text("2026-12-02T00:00Z"),
            ..WhenFields::default()
        },
        WhenFields {
            starts_at: text("2026-12-02T00:00Z"),
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

async fn over_by(store: &dyn PlannerStore, at: i64) -> usize {
    let filter = EventFilter {
        over_by: Some(Timestamp::from_millis(at)),
        ..EventFilter::default()
    };
    let limit = planner::ListLimit {
        events: 9,
        bytes: u32::MAX,
    };
    let list = store.list_events(&filter, None, limit).await;
    list.expect("lists").events.len()
}

/// Keeps events, makes the database one of the first version, and opens it again.
async fn it_is_known_when_they_are_over(place: Place, undo: impl AsyncFnOnce(&str)) {
    let stores = Stores::open(place.url()).await.expect("opens");
    keep_events(&stores).await;
    stores.close().await.expect("closes");
    undo(place.url()).await;
    let stores = Stores::open(place.url()).await.expect("opens");
    let mut over = Vec::new();
    for at in [DAYS[0] - 1, DAYS[0], DAYS[1] - 1, DAYS[1], i64::MAX - 1] {
        over.push(over_by(&*stores.planner, at).await);
    }
    assert_eq!(over, [0, 2, 2, 3, 3]);
}

#[tokio::test]
async fn it_is_known_in_sqlite() {
    let undo = async |url: &str| {
        let file = Connection::open(file(url).expect("is one")).expect("opens");
        file.execute_batch(WITHOUT_OVER_AT).expect("undoes");
    };
    it_is_known_when_they_are_over(Place::in_sqlite(), undo).await;
}

#[tokio::test]
async fn it_is_known_in_postgres() {
    let Some(place) = Place::in_postgres() else {
        return;
    };
    let undo = async |url: &str| {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connects");
        tokio::spawn(connection);
        client.batch_execute(WITHOUT_OVER_AT).await.expect("undoes");
    };
    it_is_known_when_they_are_over(place, undo).await;
}

#[tokio::test]
async fn it_is_known_in_mongodb() {
    let Some(place) = Place::in_mongodb() else {
        return;
    };
    let undo = async |url: &str| {
        let database = guestlist_mongodb::Database::open(url).await.expect("opens");
        let events = database.collection::<Document>("events");
        let unset = doc! { "$unset": { "over_at": "" } };
        events.update_many(doc! {}, unset).await.expect("undoes");
        let schema = database.collection::<Document>("guestlist_schema");
        let first = doc! { "$set": { "version": 1_i64 } };
        let planner = doc! { "_id": "planner" };
        schema.update_one(planner, first).await.expect("undoes");
    };
    it_is_known_when_they_are_over(place, undo).await;
}
