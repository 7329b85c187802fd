//! Users.

mod emails;
mod finding;
mod importing;
mod listing;
mod names;
mod passwords;
mod roles;

pub use emails::*;
pub use finding::*;
pub use importing::*;
pub use listing::*;
pub use names::*;
pub use passwords::*;
pub use roles::*;

use super::{assert_same, inserted, later, name, stored_hash};
use crate::{
    Ended, Epoch, HashExchange, PasswordHash, Role, Store, Timestamp, UserId, UserInsertion,
    testing::user,
};

/// Every field is returned as it was given, with and without its optional parts.
pub async fn a_user_comes_back_as_kept(store: &dyn Store) {
    let plain = inserted(store, "Plain.Name@Example.com").await;
    let mut full = user("Zoë@münchen.example");
    full.password_hash = None;
    full.name = Some(name("Zoë \"Z\" O'Neill; 'x'"));
    full.verified_at = Some(full.created_at);
    full.disabled_at = Some(later(&full));
    full.role = Role::Admin;
    full.approved_at = None;
    full.epoch = Epoch(7);
    full.token_epoch = Epoch(8);
    store.insert_user(&full).await.expect("inserts");
    for kept in [plain, full] {
        let by_id = store
            .find_user(kept.id)
            .await
            .expect("answers")
            .expect("is there");
        assert_same(&by_id, &kept);
        let by_email = store
            .find_user_by_email(&kept.email)
            .await
            .expect("answers");
        assert_same(&by_email.expect("is there"), &kept);
    }
    let found = store
        .find_user(UserId::new(Timestamp::from_millis(0)))
        .await;
    assert!(found.expect("answers").is_none());
}

/// Another spelling of the address finds the same user; another address finds none.
pub async fn an_address_is_looked_up_in_its_canonical_form(store: &dyn Store) {
    let kept = inserted(store, "Look.Up@Example.com").await;
    let found = store
        .find_user_by_email(&crate::testing::email("LOOK.UP@example.COM"))
        .await;
    assert_eq!(found.expect("answers").map(|user| user.id), Some(kept.id));
    for other in [
        "lookup@example.com",
        "look.up@example.org",
        "look_up@example.com",
    ] {
        let found = store
            .find_user_by_email(&crate::testing::email(other))
            .await;
        assert!(found.expect("answers").is_none(), "{other}");
    }
}

/// Of several users with one address, in any case of its letters, the database accepts one.
pub async fn of_two_racing_sign_ups_one_wins(store: &dyn Store) {
    for round in 0..20 {
        let users = [
            user(&format!("race{round}@example.com")),
            user(&format!("RACE{round}@Example.com")),
            user(&format!("Race{round}@EXAMPLE.com")),
        ];
        let (first, second, third) = tokio::join!(
            store.insert_user(&users[0]),
            store.insert_user(&users[1]),
            store.insert_user(&users[2])
        );
        let outcomes = [first, second, third].map(|outcome| outcome.expect("answers"));
        let won = outcomes
            .iter()
            .filter(|outcome| **outcome == UserInsertion::Done);
        assert_eq!(won.count(), 1);
        let winner = outcomes
            .iter()
            .position(|outcome| *outcome == UserInsertion::Done);
        let found = store
            .find_user_by_email(&users[0].email)
            .await
            .expect("answers");
        assert_eq!(found.map(|user| user.id), winner.map(|at| users[at].id));
    }
}

/// After a deletion, another user can have the address.
pub async fn an_address_is_free_again_after_its_user_is_deleted(store: &dyn Store) {
    let first = inserted(store, "again@example.com").await;
    assert_eq!(
        store.delete_user(first.id).await.expect("deletes"),
        Ended::Now
    );
    assert_eq!(
        store.delete_user(first.id).await.expect("answers"),
        Ended::Before
    );
    let second = inserted(store, "again@example.com").await;
    let found = store
        .find_user_by_email(&second.email)
        .await
        .expect("answers");
    assert_eq!(found.map(|user| user.id), Some(second.id));
}

/// A change needs the expected hash: with another hash, for another user or for a user without a
/// hash, nothing changes.
pub async fn a_hash_is_upgraded_only_from_the_expected_one(store: &dyn Store) {
    let hash = PasswordHash::from_stored;
    let kept = inserted(store, "upgrade@example.com").await;
    let mut without = user("without@example.com");
    without.password_hash = None;
    store.insert_user(&without).await.expect("inserts");
    let missing = UserId::new(kept.created_at);
    for (whose, expected) in [(kept.id, "other"), (without.id, ""), (missing, "!")] {
        let exchange = store
            .upgrade_password_hash(whose, &hash(expected), &hash("new"))
            .await;
        assert_eq!(exchange.expect("answers"), HashExchange::Stale);
    }
    assert_eq!(stored_hash(store, kept.id).await.as_deref(), Some("!"));
    assert_eq!(stored_hash(store, without.id).await, None);
    let exchange = store
        .upgrade_password_hash(kept.id, &hash("!"), &hash("new"))
        .await;
    assert_eq!(exchange.expect("answers"), HashExchange::Replaced);
    assert_eq!(stored_hash(store, kept.id).await.as_deref(), Some("new"));
}

/// Two sign-ins upgrade the same hash: one succeeds, and the other gets `Stale`.
pub async fn of_two_racing_upgrades_one_wins(store: &dyn Store) {
    let hash = PasswordHash::from_stored;
    let kept = inserted(store, "upgrades@example.com").await;
    for round in 0..20 {
        let expected = stored_hash(store, kept.id)
            .await
            .map(hash)
            .expect("has one");
        let (a, b) = (hash(format!("{round}a")), hash(format!("{round}b")));
        let (first, second) = tokio::join!(
            store.upgrade_password_hash(kept.id, &expected, &a),
            store.upgrade_password_hash(kept.id, &expected, &b)
        );
        let won = match (first.expect("answers"), second.expect("answers")) {
            (HashExchange::Replaced, HashExchange::Stale) => a,
            (HashExchange::Stale, HashExchange::Replaced) => b,
            both => panic!("{both:?}"),
        };
        assert_eq!(
            stored_hash(store, kept.id).await.as_deref(),
            Some(won.as_stored())
        );
    }
}

/// An upgrade ends no session: the epoch stays.
pub async fn an_upgrade_changes_nothing_but_the_hash(store: &dyn Store) {
    let mut kept = inserted(store, "steady@example.com").await;
    let new = PasswordHash::from_stored("new");
    let expected = kept.password_hash.replace(new.clone()).expect("has one");
    store
        .upgrade_password_hash(kept.id, &expected, &new)
        .await
        .expect("upgrades");
    let found = store
        .find_user(kept.id)
        .await
        .expect("answers")
        .expect("is there");
    assert_same(&found, &kept);
}

/// One operation disables the user and ends every session of an older epoch.
pub async fn disabling_raises_the_epoch_each_time(store: &dyn Store) {
    let kept = inserted(store, "disabled@example.com").await;
    let now = later(&kept);
    for epoch in [kept.epoch.next(), kept.epoch.next().next()] {
        assert_eq!(
            store.disable_user(kept.id, now).await.expect("disables"),
            Some(epoch)
        );
        let found = store
            .find_user(kept.id)
            .await
            .expect("answers")
            .expect("is there");
        assert_eq!((found.epoch, found.disabled_at), (epoch, Some(now)));
        assert_eq!(found.token_epoch, epoch, "both are raised");
    }
    let found = store.disable_user(UserId::new(now), now).await;
    assert_eq!(found.expect("answers"), None);
}

/// No raise of an epoch is lost.
pub async fn racing_disablings_are_all_counted(store: &dyn Store) {
    let kept = inserted(store, "racing@example.com").await;
    let now = later(&kept);
    for _ in 0..10 {
        let (first, second) = tokio::join!(
            store.disable_user(kept.id, now),
            store.disable_user(kept.id, now)
        );
        assert_ne!(first.expect("answers"), second.expect("answers"));
    }
    let found = store
        .find_user(kept.id)
        .await
        .expect("answers")
        .expect("is there");
    assert_eq!(found.epoch, Epoch(kept.epoch.0 + 20));
    assert_eq!(found.token_epoch, Epoch(kept.token_epoch.0 + 20));
}
