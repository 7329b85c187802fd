//! Some engines with MongoDB's protocol answer a race with a conflict, code 112, and never say that
//! a key is taken.

use std::{
    mem,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use guestlist::{
    Email, EmailChange, EpochRaise, PasswordHash, StoreError, User, UserInsertion, UserStore,
    testing::{email, user},
};
use guestlist_mongodb::{
    MongodbStore,
    mongodb::bson::{Document, doc},
};
use tokio::time::Instant;

use crate::fake;

/// A server that has these users and answers writes of users with a conflict.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    users: Vec<User>,
    /// How many writes conflict before one succeeds; `None` means all of them.
    conflicts: Option<u32>,
    /// The time of each write.
    tries: Vec<Instant>,
}

impl Server {
    fn with(users: Vec<User>, conflicts: Option<u32>) -> Self {
        Self(Arc::new(Mutex::new(State {
            users,
            conflicts,
            tries: vec![],
        })))
    }

    async fn store(&self) -> MongodbStore {
        let this = self.clone();
        let address = fake::start_seeing(move |command| this.answer(command)).await;
        let url = format!("mongodb://{address}/planner?socketTimeoutMS=1200");
        // The database is empty while the store is made.
        let users = mem::take(&mut self.0.lock().expect("is whole").users);
        let store = MongodbStore::open(&url).await.expect("opens");
        let mut state = self.0.lock().expect("is whole");
        state.users = users;
        state.tries.clear();
        drop(state);
        store
    }

    fn tries(&self) -> Vec<Instant> {
        self.0.lock().expect("is whole").tries.clone()
    }

    fn answer(&self, command: &Document) -> Document {
        let mut state = self.0.lock().expect("is whole");
        let is_of_users = |name| command.get_str(name).is_ok_and(|of| of == "users");
        if is_of_users("find") {
            let filter = command.get_document("filter").expect("has one");
            let mut users = state.users.iter();
            let found = users.find(|user| means(filter, user)).map(document);
            return doc! {
                "ok": 1,
                "cursor": { "id": 0_i64, "ns": "planner.users", "firstBatch": found.as_slice() },
            };
        }
        if is_of_users("insert") || is_of_users("update") {
            state.tries.push(Instant::now());
            match &mut state.conflicts {
                Some(0) => return doc! { "ok": 1, "n": 1, "nModified": 1 },
                Some(left) => *left -= 1,
                None => {}
            }
            return doc! { "ok": 0, "code": 112, "codeName": "WriteConflict", "errmsg": "conflict" };
        }
        match command.keys().next().map_or("", String::as_str) {
            "find" => doc! {
                "ok": 1, "cursor": { "id": 0_i64, "ns": "planner.x", "firstBatch": [] },
            },
            "update" => doc! { "ok": 1, "n": 1, "nModified": 1 },
            _ => fake::hello(),
        }
    }
}

/// Evaluates the part of MongoDB's filters that the store uses here.
fn means(filter: &Document, user: &User) -> bool {
    filter.iter().all(|(field, value)| {
        let own = match field.as_str() {
            "$or" => {
                let mut parts = value.as_array().into_iter().flatten();
                return parts.any(|part| part.as_document().is_some_and(|part| means(part, user)));
            }
            "_id" => user.id.to_string(),
            "email" => user.email.key().to_owned(),
            other => panic!("no filter by {other}"),
        };
        match value.as_document() {
            Some(not) => not.get_str("$ne").is_ok_and(|other| other != own),
            None => value.as_str() == Some(&own),
        }
    })
}

fn document(user: &User) -> Document {
    doc! {
        "_id": user.id.to_string(), "email": user.email.key(), "email_as_given": user.email.as_given(),
        "password": "!", "created_at": user.created_at.as_millis(), "epoch": 0_i64, "token_epoch": 0_i64,
    }
}

#[tokio::test]
async fn a_taken_address_is_reported_as_taken_if_the_engine_only_reports_conflicts() {
    let server = Server::with(vec![user("ada@example.com")], None);
    let store = server.store().await;
    let racing = (0..39).map(|_| async {
        let began = Instant::now();
        let told = store.insert_user(&user("ada@example.com")).await;
        (told, began.elapsed())
    });
    for (told, took) in join_all(racing).await {
        assert!(matches!(told, Ok(UserInsertion::Taken)), "{told:?}");
        assert!(took < Duration::from_millis(1_000), "{took:?}");
    }
    assert_eq!(server.tries().len(), 39, "a taken key is tried once");
}

#[tokio::test]
async fn a_taken_address_cannot_become_the_new_address_of_a_user() {
    let bob = user("bob@example.com");
    let server = Server::with(vec![user("ada@example.com"), bob.clone()], None);
    let store = server.store().await;
    let ada: Email = email("ada@example.com");
    let told = store.set_email(bob.id, bob.epoch, &ada, None).await;
    assert!(matches!(told, Ok(EmailChange::Taken)), "{told:?}");
}

#[tokio::test]
async fn a_conflicting_write_is_retried_after_growing_random_pauses() {
    let server = Server::with(vec![], Some(5));
    let store = server.store().await;
    let told = store.insert_user(&user("ada@example.com")).await;
    assert!(matches!(told, Ok(UserInsertion::Done)), "{told:?}");
    assert_eq!(server.tries().len(), 6);

    let server = Server::with(vec![], None);
    let store = server.store().await;
    let rivals: Vec<_> = (0..8).map(|n| user(&format!("u{n}@example.com"))).collect();
    for told in join_all(rivals.iter().map(|rival| store.insert_user(rival))).await {
        // Every write was refused, so it is certain that nothing was stored.
        assert!(matches!(told, Err(StoreError::Failed(_))), "{told:?}");
    }
    // Twenty tries every 5 ms would end after 100 ms.
    let tries = server.tries();
    let took = tries[tries.len() - 1].duration_since(tries[0]);
    assert!(took > Duration::from_millis(500), "{took:?}");
    assert!(tries.len() < 8 * 30, "{} tries", tries.len());
}

#[tokio::test]
async fn a_change_that_always_conflicts_fails_at_its_time_limit() {
    let ada = user("ada@example.com");
    let server = Server::with(vec![ada.clone()], None);
    let store = server.store().await;
    let began = Instant::now();
    let told = store
        .set_password(ada.id, ada.epoch, &PasswordHash::from_stored("!"))
        .await;
    assert!(matches!(told, Err(StoreError::Failed(_))), "{told:?}");
    assert!(began.elapsed() < Duration::from_secs(10));

    let server = Server::with(vec![ada.clone()], Some(3));
    let store = server.store().await;
    let told = store
        .set_password(ada.id, ada.epoch, &PasswordHash::from_stored("!"))
        .await;
    assert!(matches!(told, Ok(EpochRaise::Raised(_))), "{told:?}");
}
