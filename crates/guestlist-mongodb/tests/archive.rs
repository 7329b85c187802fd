//! Records that a copy must not find.

use std::sync::Arc;

use guestlist::{
    Archive, Client, Password, Record, RecordKind, Session, SessionId, User, UserId, Wanted,
    testing::{MemoryStore, email, guestlist_over, user},
};
use guestlist_mongodb::MongodbStore;

use crate::database;

/// Only the user's document decides. Sessions of a deleted user may still be stored among the
/// others.
#[tokio::test]
async fn sessions_left_by_an_interrupted_deletion_are_on_no_page_and_shorten_no_page() {
    let Some(url) = database::new().await else {
        return;
    };
    let store = MongodbStore::open(&url).await.expect("opens");
    let (ada, session) = user_with_session().await;
    let created_at = ada.created_at;
    store.put(&[Record::User(ada.clone())]).await.expect("puts");
    let mut kept = Vec::new();
    for number in 0..12 {
        let is_left = number % 3 != 0;
        let owner = if is_left {
            UserId::new(created_at)
        } else {
            ada.id
        };
        let session = Session {
            id: SessionId::new(created_at),
            user_id: owner,
            ..session.clone()
        };
        if !is_left {
            kept.push(session.id.to_string());
        }
        store.put(&[Record::Session(session)]).await.expect("puts");
    }
    let page = store.records(RecordKind::Session, None, 3).await;
    let first: Vec<_> = page.expect("lists").iter().map(Record::id).collect();
    assert_eq!(first, kept[..3]);
    let rest = store.records(RecordKind::Session, Some(&first[2]), 3).await;
    let rest: Vec<_> = rest.expect("lists").iter().map(Record::id).collect();
    assert_eq!(rest, kept[3..]);
    let none = store.records(RecordKind::Session, Some(&kept[3]), 3).await;
    assert!(none.expect("lists").is_empty());
}

/// Returns a user, and a session as the library creates it.
async fn user_with_session() -> (User, Session) {
    let ada = user("ada@example.com");
    let store = Arc::new(MemoryStore::new());
    let guestlist = guestlist_over(store.clone());
    let password = || Password::new("exemplary words");
    let ada_signs_up = guestlist.sign_up(email("ada@example.com"), password());
    ada_signs_up.await.expect("signs up");
    let email = email("ada@example.com");
    let signed_in = guestlist.sign_in(
        Some(&email),
        password(),
        Client::default(),
        Wanted::DATABASE,
    );
    (ada, signed_in.await.expect("signs in").session)
}
