//! Changing the e-mail address.

use super::super::{found, inserted, later, rounds};
use crate::{
    EmailChange, EmailRestoration, EmailVerification, Epoch, PasswordHash, Store, UserId,
    UserInsertion, testing,
};

/// The new address is unverified, and nothing else changes.
pub async fn another_address_is_kept_unverified_and_the_old_one_is_free(store: &dyn Store) {
    let mut kept = testing::user("before@example.com");
    kept.verified_at = Some(later(&kept));
    store.insert_user(&kept).await.expect("inserts");
    let spelled = testing::email("Before@EXAMPLE.com");
    let changed = store.set_email(kept.id, kept.epoch, &spelled, None).await;
    assert_eq!(changed.expect("changes"), EmailChange::Changed);
    kept.email = spelled;
    super::super::assert_same(&found(store, kept.id).await, &kept);
    let after = testing::email("After@example.com");
    let changed = store.set_email(kept.id, kept.epoch, &after, None).await;
    assert_eq!(changed.expect("changes"), EmailChange::Changed);
    let holder = store.find_user_by_email(&after).await.expect("answers");
    assert_eq!(holder.expect("is there").id, kept.id);
    (kept.email, kept.verified_at) = (after, None);
    super::super::assert_same(&found(store, kept.id).await, &kept);
    inserted(store, "before@example.com").await;
}

/// The address and its verification are one operation, for another address and another spelling.
pub async fn another_address_is_set_and_verified_at_once(store: &dyn Store) {
    let mut kept = inserted(store, "unproven@example.com").await;
    let now = later(&kept);
    for (address, at) in [
        ("proven@example.com", now),
        ("Proven@EXAMPLE.com", kept.created_at),
        ("unproven@example.com", now),
    ] {
        let email = testing::email(address);
        let changed = store.set_email(kept.id, kept.epoch, &email, Some(at)).await;
        assert_eq!(changed.expect("changes"), EmailChange::Changed);
        (kept.email, kept.verified_at) = (email, Some(at));
        super::super::assert_same(&found(store, kept.id).await, &kept);
    }
    let holder = inserted(store, "holds-proven@example.com").await;
    let taken = store.set_email(kept.id, kept.epoch, &holder.email, Some(now));
    assert_eq!(taken.await.expect("answers"), EmailChange::Taken);
    super::super::assert_same(&found(store, holder.id).await, &holder);
    super::super::assert_same(&found(store, kept.id).await, &kept);
}

/// A change needs the expected epoch. With another epoch, a missing user or the address of another
/// user, nothing changes.
pub async fn an_address_is_set_only_if_it_is_free_and_in_the_expected_epoch(store: &dyn Store) {
    let kept = inserted(store, "keeps@example.com").await;
    inserted(store, "holds@example.com").await;
    let (taken, free) = (
        testing::email("HOLDS@example.com"),
        testing::email("free@example.com"),
    );
    let taken = store.set_email(kept.id, kept.epoch, &taken, None).await;
    assert_eq!(taken.expect("answers"), EmailChange::Taken);
    for (whose, epoch) in [
        (kept.id, kept.epoch.next()),
        (kept.id, Epoch(kept.epoch.0 - 1)),
        (UserId::new(kept.created_at), kept.epoch),
    ] {
        let stale = store.set_email(whose, epoch, &free, None).await;
        assert_eq!(stale.expect("answers"), EmailChange::Stale);
    }
    super::super::assert_same(&found(store, kept.id).await, &kept);
}

/// Of two concurrent changes to one address, the unique index accepts one.
pub async fn of_two_racing_users_one_gets_the_address(store: &dyn Store) {
    for round in 0..rounds(20) {
        let [a, b] = [
            inserted(store, &format!("wants{round}@example.com")).await,
            inserted(store, &format!("wishes{round}@example.com")).await,
        ];
        let wanted = testing::email(&format!("wanted{round}@example.com"));
        let (first, second) = tokio::join!(
            store.set_email(a.id, a.epoch, &wanted, None),
            store.set_email(b.id, b.epoch, &wanted, None)
        );
        let won = match (first.expect("answers"), second.expect("answers")) {
            (EmailChange::Changed, EmailChange::Taken) => a.id,
            (EmailChange::Taken, EmailChange::Changed) => b.id,
            both => panic!("{both:?}"),
        };
        let holder = store.find_user_by_email(&wanted).await.expect("answers");
        assert_eq!(holder.expect("is there").id, won);
    }
}

/// A sign-up and a change to the same address at the same time: one of the two users gets it.
pub async fn of_a_racing_sign_up_and_change_of_address_one_gets_it(store: &dyn Store) {
    for round in 0..rounds(20) {
        let old = format!("moves{round}@example.com");
        let mover = inserted(store, &old).await;
        let wanted = testing::email(&format!("contested{round}@example.com"));
        let newcomer = testing::user(wanted.as_given());
        let sign_up = store.insert_user(&newcomer);
        let change = store.set_email(mover.id, mover.epoch, &wanted, None);
        // The first of both is polled first: each of them begins every second round.
        let (inserted, changed) = if round % 2 == 0 {
            tokio::join!(sign_up, change)
        } else {
            let (changed, inserted) = tokio::join!(change, sign_up);
            (inserted, changed)
        };
        let won = match (inserted.expect("answers"), changed.expect("answers")) {
            (UserInsertion::Done, EmailChange::Taken) => newcomer.id,
            (UserInsertion::Taken, EmailChange::Changed) => mover.id,
            both => panic!("round {round}: {both:?}"),
        };
        let holder = store.find_user_by_email(&wanted).await.expect("answers");
        assert_eq!(holder.expect("is there").id, won, "round {round}");
        let kept_address = won == newcomer.id;
        let holder = store.find_user_by_email(&testing::email(&old)).await;
        assert_eq!(
            holder.expect("answers").is_some(),
            kept_address,
            "round {round}"
        );
    }
}

/// Only the address that the user has now is verified, in any spelling.
pub async fn an_address_is_verified_only_while_the_user_has_it(store: &dyn Store) {
    let mut kept = inserted(store, "Verifies@example.com").await;
    let now = later(&kept);
    let other = testing::email("verifies2@example.com");
    for (whose, email) in [
        (kept.id, &other),
        (UserId::new(kept.created_at), &kept.email),
    ] {
        let stale = store.verify_email(whose, email, now).await;
        assert_eq!(stale.expect("answers"), EmailVerification::Stale);
    }
    super::super::assert_same(&found(store, kept.id).await, &kept);
    let spelled = testing::email("verifies@EXAMPLE.com");
    for _ in 0..2 {
        let verified = store.verify_email(kept.id, &spelled, now).await;
        assert_eq!(verified.expect("verifies"), EmailVerification::Verified);
        kept.verified_at = Some(now);
        super::super::assert_same(&found(store, kept.id).await, &kept);
    }
}

/// The address comes back verified, the password goes, and both epochs rise, whatever they were.
pub async fn an_earlier_address_is_restored_without_the_password(store: &dyn Store) {
    let mut kept = inserted(store, "taken@example.com").await;
    let holder = inserted(store, "holder@example.com").await;
    let (now, old) = (later(&kept), testing::email("Earlier@example.com"));
    let taken = store.restore_email(kept.id, &holder.email, now).await;
    assert_eq!(taken.expect("answers"), EmailRestoration::Taken);
    super::super::assert_same(&found(store, kept.id).await, &kept);
    let gone = UserId::new(kept.created_at);
    let gone = store.restore_email(gone, &old, now).await;
    assert_eq!(gone.expect("answers"), EmailRestoration::Gone);
    for _ in 0..2 {
        let restored = store.restore_email(kept.id, &old, now).await;
        (kept.epoch, kept.token_epoch) = (kept.epoch.next(), kept.token_epoch.next());
        assert_eq!(
            restored.expect("restores"),
            EmailRestoration::Restored(kept.epoch)
        );
        kept.email = old.clone();
        (kept.verified_at, kept.password_hash) = (Some(now), None);
        super::super::assert_same(&found(store, kept.id).await, &kept);
        let hash = PasswordHash::from_stored("another");
        let set = store.set_password(kept.id, kept.epoch, &hash).await;
        set.expect("sets");
        (kept.epoch, kept.token_epoch) = (kept.epoch.next(), kept.token_epoch.next());
    }
    inserted(store, "taken@example.com").await;
}
