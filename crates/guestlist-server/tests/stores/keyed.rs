//! Sessions and tokens of an earlier version, which stored hashes without a key, are removed.

use guestlist::{
    Client, Guestlist, Password, Scope, SecretKey, StoreError, TokenName, Wanted, testing::email,
};
use guestlist_mongodb::mongodb::bson::{Binary, Document, doc, spec::BinarySubtype};
use guestlist_postgres::tokio_postgres::{self, NoTls};
use guestlist_server::database::{Stores, file};
use guestlist_sqlite::rusqlite::Connection;

use crate::test_database::TestDatabase;

const WITHOUT_KEYS: &str = "
    ALTER TABLE sessions DROP COLUMN refreshed_device;
    ALTER TABLE sessions DROP COLUMN refreshed_address;
    ALTER TABLE sessions DROP COLUMN retries;
    DROP TABLE limits;
    DROP TABLE invitations;
    DROP TABLE messages;
    DROP TABLE factors;
    DROP TABLE recovery_codes;
    DROP TABLE security_events;
    DROP INDEX administrators;
    ALTER TABLE users DROP COLUMN role;
    ALTER TABLE users DROP COLUMN approved_at;
    DELETE FROM guestlist_migrations WHERE version >=
        (SELECT version FROM guestlist_migrations WHERE name = 'hashes_under_a_key');";

async fn kept(stores: &Stores) -> Result<[u64; 3], StoreError> {
    let census = stores
        .accounts
        .census(guestlist::Timestamp::from_millis(0))
        .await?;
    Ok([
        census.sessions,
        census.personal_tokens,
        census.service_tokens,
    ])
}

/// Creates a user, a session and tokens, changes the database back to the earlier version, and
/// opens it again.
async fn assert_sessions_and_tokens_are_removed_and_users_stay(
    database: TestDatabase,
    undo: impl AsyncFnOnce(&str),
) {
    let stores = Stores::open(database.url()).await.expect("opens");
    let secret = SecretKey::new("a secret key of more than thirty-two bytes").expect("is a key");
    let guestlist = Guestlist::builder_over(stores.accounts.clone(), secret)
        .build()
        .expect("builds");
    let (ada, password) = (email("ada@example.com"), || Password::new("exemplary"));
    guestlist
        .sign_up(ada.clone(), password())
        .await
        .expect("signs up");
    let sign_in = || guestlist.sign_in(Some(&ada), password(), Client::default(), Wanted::DATABASE);
    let session = sign_in().await.expect("signs in").session.id;
    let name = || TokenName::parse("gateway").expect("is a name");
    let day = std::time::Duration::from_secs(86_400);
    let made = guestlist
        .make_token(session, name(), Scope::Read, day)
        .await;
    made.expect("makes");
    guestlist
        .issue_service_token(name(), None)
        .await
        .expect("issues");
    assert_eq!(kept(&stores).await.expect("counts"), [1, 1, 1]);
    stores.close().await.expect("closes");
    undo(database.url()).await;

    let stores = Stores::open(database.url()).await.expect("opens");
    assert_eq!(kept(&stores).await.expect("counts"), [0, 0, 0]);
    let found = stores
        .accounts
        .find_user_by_email(&ada)
        .await
        .expect("answers");
    assert!(found.is_some());
    stores.close().await.expect("closes");
}

/// The removal happens only once.
#[tokio::test]
async fn tokens_made_after_the_migration_stay() {
    let database = TestDatabase::new();
    for sessions in 1..3 {
        let stores = Stores::open(database.url()).await.expect("opens");
        let user = guestlist::testing::user(&format!("ada{sessions}@example.com"));
        stores.accounts.insert_user(&user).await.expect("inserts");
        let secret = SecretKey::new("a secret key of more than thirty-two bytes");
        let builder = Guestlist::builder_over(stores.accounts.clone(), secret.expect("is a key"));
        let guestlist = builder.build().expect("builds");
        let name = TokenName::parse("gateway").expect("is a name");
        guestlist
            .issue_service_token(name, None)
            .await
            .expect("issues");
        let [.., services] = kept(&stores).await.expect("counts");
        assert_eq!(services, sessions);
        stores.close().await.expect("closes");
    }
}

#[tokio::test]
async fn old_sessions_and_tokens_are_removed_in_sqlite() {
    let undo = async |url: &str| {
        let file = Connection::open(file(url).expect("is one")).expect("opens");
        file.execute_batch(WITHOUT_KEYS).expect("undoes");
    };
    assert_sessions_and_tokens_are_removed_and_users_stay(TestDatabase::in_sqlite(), undo).await;
}

#[tokio::test]
async fn old_sessions_and_tokens_are_removed_in_postgres() {
    let Some(database) = TestDatabase::in_postgres() else {
        return;
    };
    let undo = async |url: &str| {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("connects");
        tokio::spawn(connection);
        client.batch_execute(WITHOUT_KEYS).await.expect("undoes");
    };
    assert_sessions_and_tokens_are_removed_and_users_stay(database, undo).await;
}

#[tokio::test]
async fn old_sessions_and_tokens_are_removed_in_mongodb() {
    let Some(database) = TestDatabase::in_mongodb() else {
        return;
    };
    let undo = async |url: &str| {
        let database = guestlist_mongodb::Database::open(url).await.expect("opens");
        let unset = doc! { "$unset": { "retries": "" } };
        let sessions = database.collection::<Document>("sessions");
        sessions.update_many(doc! {}, unset).await.expect("undoes");
        let sha256 = Binary {
            subtype: BinarySubtype::Generic,
            bytes: vec![0xff; 32],
        };
        let tokens = database.collection::<Document>("tokens");
        let set = doc! { "$set": { "hash": sha256 } };
        tokens.update_many(doc! {}, set).await.expect("undoes");
        let schema = database.collection::<Document>("guestlist_schema");
        let first = doc! { "$set": { "version": 1_i64 } };
        let filter = doc! { "_id": "guestlist" };
        schema.update_one(filter, first).await.expect("undoes");
    };
    assert_sessions_and_tokens_are_removed_and_users_stay(database, undo).await;
}
