//! Messages: mails that wait, and their links.

mod codes;
mod delivery;
mod links;

pub use codes::*;
pub use delivery::*;
pub use links::*;

use std::time::Duration;

use super::{inserted, rounds};
use crate::{
    Clock, DeliveryState, Email, Ended, LinkEnd, LinkPurpose, Message, MessageData, MessageFilter,
    MessageInsertion, MessageKind, Store, SystemClock, Timestamp, User, UserId,
    testing::{email, user},
};

const HOUR: Duration = Duration::from_secs(3_600);

/// A moment that no other test's messages are due at: the store may hold messages of other tests,
/// so only messages of the far past are due.
fn long_ago(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn message(kind: MessageKind, user: &User) -> Message {
    let data = MessageData::new().with("device", "Firefox");
    Message::new(
        kind,
        Some(user.id),
        user.email.clone(),
        data,
        user.created_at,
    )
}

fn with_link(kind: MessageKind, purpose: LinkPurpose, user: &User) -> Message {
    let expires_at = user.created_at.plus(HOUR);
    message(kind, user).with_link(purpose, Some("0".to_owned()), expires_at)
}

fn verification(user: &User) -> Message {
    with_link(MessageKind::VerifyEmail, LinkPurpose::VerifyEmail, user).with_code()
}

fn reset(user: &User) -> Message {
    with_link(MessageKind::ResetPassword, LinkPurpose::ResetPassword, user)
}

async fn insert(store: &dyn Store, message: &Message) -> MessageInsertion {
    store.insert_message(message).await.expect("inserts")
}

async fn kept(store: &dyn Store, message: Message) -> Message {
    assert_eq!(insert(store, &message).await, MessageInsertion::Done);
    message
}

async fn stored(store: &dyn Store, message: &Message) -> Message {
    let found = store.find_message(message.id).await.expect("answers");
    found.expect("is there")
}

fn end(message: &Message) -> Option<LinkEnd> {
    let link = message.link.as_ref().expect("has a link");
    link.ended.map(|(end, _)| end)
}

/// Asserts that every stored field is the same.
fn assert_same(found: &Message, kept: &Message) {
    assert_eq!(found.id, kept.id);
    assert_eq!(found.kind, kept.kind);
    assert_eq!(found.user_id, kept.user_id);
    assert_eq!(found.to.key(), kept.to.key());
    assert_eq!(found.to.as_given(), kept.to.as_given());
    assert_eq!(found.data, kept.data);
    assert_eq!(found.created_at, kept.created_at);
    assert_eq!(found.link, kept.link);
    assert_eq!(found.code, kept.code);
    assert_eq!(found.delivery, kept.delivery);
}

/// Each kind comes back with every field, with a link and a code and without.
pub async fn a_message_comes_back_as_kept(store: &dyn Store) {
    let user = inserted(store, "kept-message@example.com").await;
    for kind in MessageKind::ALL {
        let mut bare = message(kind, &user);
        bare.data = MessageData::new();
        bare.to = Email::from_stored(
            "zo\u{eb}@example.com".to_owned(),
            "Zo\u{eb}@Example.com".to_owned(),
        );
        let bare = kept(store, bare).await;
        assert_same(&stored(store, &bare).await, &bare);
    }
    for purpose in LinkPurpose::ALL {
        let full = kept(
            store,
            with_link(MessageKind::EmailChanged, purpose, &user).with_code(),
        )
        .await;
        assert_same(&stored(store, &full).await, &full);
    }
    let missing = message(MessageKind::Approved, &user);
    let found = store.find_message(missing.id).await.expect("answers");
    assert!(found.is_none());
}

/// A message of a user who does not exist is not stored; one without a user is.
pub async fn a_message_needs_its_user(store: &dyn Store) {
    let missing = user("nobody-message@example.com");
    let theirs = reset(&missing);
    assert_eq!(insert(store, &theirs).await, MessageInsertion::UserGone);
    let found = store.find_message(theirs.id).await.expect("answers");
    assert!(found.is_none());
    let unknown = kept(
        store,
        Message {
            user_id: None,
            ..theirs
        },
    )
    .await;
    assert_same(&stored(store, &unknown).await, &unknown);
}

/// Nothing about a deleted user is mailed, and their links do nothing.
pub async fn a_deleted_user_takes_all_messages_along(store: &dyn Store) {
    let user = inserted(store, "leaving-message@example.com").await;
    let other = inserted(store, "staying-message@example.com").await;
    let theirs = kept(store, verification(&user)).await;
    let others = kept(store, verification(&other)).await;
    let deleted = store.delete_user(user.id).await.expect("deletes");
    assert_eq!(deleted, Ended::Now);
    let gone = store.find_message(theirs.id).await.expect("answers");
    assert!(gone.is_none());
    assert_same(&stored(store, &others).await, &others);
}

async fn listed(store: &dyn Store, filter: MessageFilter, limit: u32) -> Vec<Message> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .list_messages(filter, after, limit)
            .await
            .expect("lists");
        assert!(page.len() <= usize::try_from(limit).expect("fits"));
        let Some(last) = page.last() else { return all };
        after = Some(last.id);
        all.extend(page);
    }
}

/// A list holds each message once, whatever the length of a page, and only those that pass.
pub async fn messages_are_listed_newest_first_a_page_at_a_time(store: &dyn Store) {
    let user = inserted(store, "listed-message@example.com").await;
    let other = inserted(store, "unlisted-message@example.com").await;
    kept(store, message(MessageKind::NewDevice, &other)).await;
    let mut ids = Vec::new();
    for kind in [
        MessageKind::NewDevice,
        MessageKind::PasswordChanged,
        MessageKind::NewDevice,
        MessageKind::Approved,
    ] {
        ids.push((kind, kept(store, message(kind, &user)).await.id));
    }
    ids.reverse();
    let theirs = MessageFilter {
        user: Some(user.id),
        ..MessageFilter::default()
    };
    for limit in [1, 3, 100] {
        let found = listed(store, theirs, limit).await;
        let found: Vec<_> = found.iter().map(|it| (it.kind, it.id)).collect();
        assert_eq!(found, ids, "{limit} a page");
    }
    let of_a_kind = MessageFilter {
        kind: Some(MessageKind::NewDevice),
        state: Some(DeliveryState::Queued),
        ..theirs
    };
    assert_eq!(listed(store, of_a_kind, 100).await.len(), 2);
    let sent = MessageFilter {
        state: Some(DeliveryState::Sent),
        ..theirs
    };
    assert!(listed(store, sent, 100).await.is_empty());
    let everything = MessageFilter::default();
    let all = store.list_messages(everything, None, 1).await;
    assert_eq!(all.expect("lists").len(), 1);
}

/// A state, a kind and a user must all match.
pub async fn messages_are_listed_by_their_state(store: &dyn Store) {
    let user = inserted(store, "states-of-messages@example.com").await;
    let mut all = Vec::new();
    for kind in [
        MessageKind::NewDevice,
        MessageKind::Approved,
        MessageKind::NewDevice,
    ] {
        for state in DeliveryState::ALL {
            let mut message = message(kind, &user);
            message.delivery.state = state;
            all.push(kept(store, message).await);
        }
    }
    all.reverse();
    let states = DeliveryState::ALL.map(Some);
    for state in states.into_iter().chain([None]) {
        for kind in [None, Some(MessageKind::NewDevice)] {
            for user in [None, Some(user.id)] {
                let filter = MessageFilter { state, kind, user };
                let mut found = listed(store, filter, 4).await;
                found.retain(|found| all.iter().any(|message| message.id == found.id));
                let expected: Vec<_> = all.iter().filter(|it| filter.admits(it)).collect();
                assert_eq!(found.len(), expected.len(), "{filter:?}");
                for (found, expected) in found.iter().zip(expected) {
                    assert_same(found, expected);
                }
            }
        }
    }
}

/// A message goes only when it is old and its link expired, whatever became of the mail.
pub async fn old_messages_are_purged_in_batches_and_active_links_stay(store: &dyn Store) {
    let user = inserted(store, "purged-message@example.com").await;
    let (old, now) = (long_ago(1_000), long_ago(2_000));
    let at = |created_at, expires_at| Message {
        created_at,
        ..message(MessageKind::EmailChanged, &user).with_link(
            LinkPurpose::UndoEmail,
            None,
            expires_at,
        )
    };
    let plain = Message {
        created_at: old,
        ..message(MessageKind::NewDevice, &user)
    };
    let going = [at(old, old), plain];
    let staying = [
        at(old, now),
        at(now, old),
        message(MessageKind::NewDevice, &user),
    ];
    for message in going.iter().chain(&staying) {
        kept(store, message.clone()).await;
    }
    for purged in [1, 1, 0] {
        let removed = store.purge_messages(now, 1).await.expect("purges");
        assert_eq!(removed, purged);
    }
    for message in &going {
        let found = store.find_message(message.id).await.expect("answers");
        assert!(found.is_none());
    }
    for message in &staying {
        stored(store, message).await;
    }
    store.delete_user(user.id).await.expect("deletes");
}

/// A user whose messages no other test touches.
async fn fresh(store: &dyn Store, word: &str) -> User {
    let id = UserId::new(SystemClock::new().now());
    inserted(store, &format!("{word}-{id}@example.com")).await
}

fn stranger(address: &str) -> Email {
    email(address)
}
