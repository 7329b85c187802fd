//! The MongoDB driver without the store: the same commands, with plain documents.

use std::sync::Arc;

use anyhow::{Context, ensure};
use guestlist::{UserStore, SessionStore, UserInsertion};
use guestlist_mongodb::{
    MongodbStore,
    mongodb::{
        Client, Collection,
        bson::{Document, doc},
    },
};

use crate::{
    measuring::{Way, measure},
    people::{one_of, user},
    sessions::signed_in,
};

/// How many users exist for the look-ups, each with a session.
const USERS: u64 = 10_000;
const DATABASE: &str = "guestlist_bench";
const OURS: &str = "MongodbStore";
const PLAIN: &str = "mongodb";
/// The options of the store.
const OPTIONS: &str =
    "w=majority&journal=true&readConcernLevel=majority&retryWrites=false&maxPoolSize=64";

/// Measures everything in a database that is dropped afterwards.
pub(crate) async fn measure_all(server: &str) -> anyhow::Result<()> {
    let (hosts, _) = server
        .strip_prefix("mongodb://")
        .and_then(|rest| rest.split_once('/'))
        .context("mongodb://HOST/DATABASE")?;
    let url = format!("mongodb://{hosts}/{DATABASE}");
    let client = Client::with_uri_str(format!("{url}?{OPTIONS}")).await?;
    let database = client.database(DATABASE);
    database.drop().await?;
    let store = Arc::new(MongodbStore::open(&url).await?);
    let (users, sessions) = (
        database.collection("users"),
        database.collection("sessions"),
    );
    let measured = in_database(store, &users, &sessions).await;
    database.drop().await?;
    measured
}

async fn in_database(
    store: Arc<MongodbStore>,
    users: &Collection<Document>,
    sessions: &Collection<Document>,
) -> anyhow::Result<()> {
    let mut there = Vec::new();
    for number in 0..USERS {
        // A number that no sign-up gets.
        let (user, session) = signed_in(u64::from(u32::MAX) + number)?;
        store.insert_user(&user).await?;
        store.insert_session(&session, 100).await?;
        there.push((user.id, session.id));
    }
    let there: Arc<[_]> = there.into();

    let (shared, ids) = (Arc::clone(&store), Arc::clone(&there));
    let ours = Way::new(OURS, move |number| {
        let (store, id) = (Arc::clone(&shared), one_of(&ids, number).0);
        async move {
            ensure!(store.find_user(id).await?.is_some(), "user not found");
            Ok(())
        }
    });
    let (documents, ids) = (users.clone(), Arc::clone(&there));
    let plain = Way::new(PLAIN, move |number| {
        let (documents, id) = (documents.clone(), one_of(&ids, number).0);
        async move {
            let found = documents.find_one(doc! { "_id": id.to_string() }).await?;
            ensure!(found.is_some(), "user not found");
            Ok(())
        }
    });
    measure("look-ups of a user by id", &[ours, plain]).await?;

    let (shared, ids) = (Arc::clone(&store), Arc::clone(&there));
    let ours = Way::new(OURS, move |number| {
        let (store, id) = (Arc::clone(&shared), one_of(&ids, number).1);
        async move {
            ensure!(store.find_session(id).await?.is_some(), "nothing");
            Ok(())
        }
    });
    let (documents, owners) = (sessions.clone(), users.clone());
    let plain = Way::new(PLAIN, move |number| {
        let (documents, owners) = (documents.clone(), owners.clone());
        let id = one_of(&there, number).1;
        async move {
            let session = documents.find_one(doc! { "_id": id.to_string() }).await?;
            let session = session.context("no session")?;
            let owner = doc! { "_id": session.get_str("user")? };
            ensure!(owners.find_one(owner).await?.is_some(), "user not found");
            Ok(())
        }
    });
    measure("look-ups of a session with its user", &[ours, plain]).await?;

    let ours = Way::new(OURS, move |number| {
        let store = Arc::clone(&store);
        async move {
            let inserted = store.insert_user(&user(number)?).await?;
            ensure!(inserted == UserInsertion::Done, "{inserted:?}");
            Ok(())
        }
    });
    let documents = users.clone();
    let plain = Way::new(PLAIN, move |number| {
        let documents = documents.clone();
        async move {
            let user = user(number)?;
            documents
                .insert_one(doc! {
                    "_id": user.id.to_string(),
                    "email": user.email.key(),
                    "password": user.password_hash.as_ref().map(|hash| hash.as_stored()),
                    "email_as_given": user.email.as_given(),
                    "created_at": user.created_at.as_millis(),
                    "epoch": user.epoch.0,
                    "token_epoch": user.token_epoch.0,
                })
                .await?;
            Ok(())
        }
    });
    measure("sign-ups", &[ours, plain]).await
}
