//! Changing the password; disabling and enabling a user.

use super::super::{found, inserted, later, stored_hash};
use crate::{Epoch, EpochRaise, HashExchange, PasswordHash, Store, UserId, testing};

/// The new password ends every session of the epoch before.
pub async fn another_password_raises_the_epoch_and_changes_nothing_else(store: &dyn Store) {
    let mut kept = inserted(store, "another@example.com").await;
    let new = PasswordHash::from_stored("new");
    let raised = store.set_password(kept.id, kept.epoch, &new).await;
    kept.epoch = kept.epoch.next();
    kept.token_epoch = kept.token_epoch.next();
    kept.password_hash = Some(new);
    assert_eq!(raised.expect("sets"), EpochRaise::Raised(kept.epoch));
    super::super::assert_same(&found(store, kept.id).await, &kept);
    let mut without = testing::user("first@example.com");
    without.password_hash = None;
    without.disabled_at = Some(later(&without));
    store.insert_user(&without).await.expect("inserts");
    let first = PasswordHash::from_stored("first");
    let raised = store.set_password(without.id, without.epoch, &first).await;
    assert_eq!(raised.expect("sets"), EpochRaise::Raised(Epoch(1)));
    (without.epoch, without.token_epoch) = (Epoch(1), Epoch(1));
    without.password_hash = Some(first);
    super::super::assert_same(&found(store, without.id).await, &without);
}

/// A change needs the expected epoch and an existing user.
pub async fn a_password_is_set_only_in_the_expected_epoch(store: &dyn Store) {
    let kept = inserted(store, "expected@example.com").await;
    let new = PasswordHash::from_stored("new");
    for (whose, epoch) in [
        (kept.id, kept.epoch.next()),
        (kept.id, Epoch(kept.epoch.0 - 1)),
        (UserId::new(kept.created_at), kept.epoch),
    ] {
        let raised = store.set_password(whose, epoch, &new).await;
        assert_eq!(raised.expect("answers"), EpochRaise::Stale);
    }
    super::super::assert_same(&found(store, kept.id).await, &kept);
}

/// Of two concurrent changes one succeeds, and its password stays. The other gets `Stale`.
pub async fn of_two_racing_passwords_in_one_epoch_one_wins(store: &dyn Store) {
    for round in 0..20 {
        let kept = inserted(store, &format!("passwords{round}@example.com")).await;
        let [a, b] = ["a", "b"].map(PasswordHash::from_stored);
        let (first, second) = tokio::join!(
            store.set_password(kept.id, kept.epoch, &a),
            store.set_password(kept.id, kept.epoch, &b)
        );
        let raised = EpochRaise::Raised(kept.epoch.next());
        let won = match (first.expect("answers"), second.expect("answers")) {
            (one, EpochRaise::Stale) if one == raised => a,
            (EpochRaise::Stale, other) if other == raised => b,
            both => panic!("{both:?}"),
        };
        let hash = stored_hash(store, kept.id).await;
        assert_eq!(hash.as_deref(), Some(won.as_stored()));
        assert_eq!(found(store, kept.id).await.epoch, kept.epoch.next());
    }
}

/// A sign-in with the old password upgrades the hash of the *old* password. In either order, the
/// new password stays.
pub async fn an_upgrade_never_undoes_another_password(store: &dyn Store) {
    for round in 0..20 {
        let kept = inserted(store, &format!("undone{round}@example.com")).await;
        let old = kept.password_hash.clone().expect("has one");
        let [better, new] = ["better", "new"].map(PasswordHash::from_stored);
        let (upgrade, change) = tokio::join!(
            store.upgrade_password_hash(kept.id, &old, &better),
            store.set_password(kept.id, kept.epoch, &new)
        );
        assert!(matches!(
            upgrade.expect("answers"),
            HashExchange::Replaced | HashExchange::Stale
        ));
        let raised = EpochRaise::Raised(kept.epoch.next());
        assert_eq!(change.expect("answers"), raised);
        assert_eq!(stored_hash(store, kept.id).await.as_deref(), Some("new"));
    }
}

/// No raise of an epoch is lost, and a disabled user stays disabled.
pub async fn of_a_racing_password_and_disabling_both_are_counted_or_one_is_told(store: &dyn Store) {
    for round in 0..20 {
        let kept = inserted(store, &format!("kept-out{round}@example.com")).await;
        let new = PasswordHash::from_stored("new");
        let (change, disabled) = tokio::join!(
            store.set_password(kept.id, kept.epoch, &new),
            store.disable_user(kept.id, later(&kept))
        );
        let raises = match change.expect("answers") {
            EpochRaise::Raised(_) => 2,
            EpochRaise::Stale => 1,
        };
        disabled.expect("answers").expect("is there");
        let found = found(store, kept.id).await;
        assert_eq!(found.epoch, Epoch(kept.epoch.0 + raises));
        assert_eq!(found.disabled_at, Some(later(&kept)));
    }
}

/// Ended sessions stay ended.
pub async fn an_enabled_user_keeps_the_epoch(store: &dyn Store) {
    let mut kept = inserted(store, "enabled@example.com").await;
    let disabled = store.disable_user(kept.id, later(&kept)).await;
    kept.epoch = disabled.expect("disables").expect("is there");
    kept.token_epoch = kept.epoch;
    for _ in 0..2 {
        let enabled = store.enable_user(kept.id).await.expect("enables");
        assert_eq!(enabled, Some(kept.epoch));
        super::super::assert_same(&found(store, kept.id).await, &kept);
    }
    let enabled = store.enable_user(UserId::new(kept.created_at)).await;
    assert_eq!(enabled.expect("answers"), None);
}
