//! Second factors.

use std::time::Duration;

use futures_util::future::join_all;

use super::{inserted, later, rounds};
use crate::{
    Ended, Factor, FactorConfirmation, FactorId, FactorInsertion, FactorKind, StepUse, Store, User,
    UserId,
};

const TOTP: FactorKind = FactorKind::Totp;

/// An unconfirmed factor.
pub(super) fn factor(user: &User) -> Factor {
    Factor {
        id: FactorId::new(user.created_at),
        user_id: user.id,
        kind: TOTP,
        sealed_secret: vec![0, 255, 39, 0],
        last_step: 0,
        created_at: user.created_at,
        confirmed_at: None,
        last_used_at: None,
    }
}

/// Returns the factor as it is stored: it may replace an unconfirmed one, which keeps its id.
async fn kept(store: &dyn Store, user: &User) -> Factor {
    let factor = factor(user);
    let insertion = store.insert_factor(&factor).await.expect("inserts");
    assert_eq!(insertion, FactorInsertion::Done);
    let stored = stored(store, user.id).await.expect("is there");
    Factor {
        id: stored.id,
        ..factor
    }
}

/// A factor whose last step is 100.
async fn confirmed(store: &dyn Store, user: &User) -> Factor {
    let factor = kept(store, user).await;
    let confirmed = store.confirm_factor(factor.id, &factor.sealed_secret, 100, later(user));
    assert_eq!(
        confirmed.await.expect("confirms"),
        FactorConfirmation::Confirmed
    );
    Factor {
        last_step: 100,
        confirmed_at: Some(later(user)),
        last_used_at: Some(later(user)),
        ..factor
    }
}

async fn stored(store: &dyn Store, user: UserId) -> Option<Factor> {
    store.find_factor(user, TOTP).await.expect("answers")
}

/// A factor of one user is not found for another one.
pub async fn a_factor_comes_back_as_kept(store: &dyn Store) {
    let ada = inserted(store, "factor@example.com").await;
    let bea = inserted(store, "factorless@example.com").await;
    let factor = kept(store, &ada).await;
    assert_eq!(stored(store, ada.id).await, Some(factor));
    assert_eq!(stored(store, bea.id).await, None);
}

/// A factor of a user who does not exist is not stored.
pub async fn a_factor_needs_its_user(store: &dyn Store) {
    let gone = inserted(store, "factor-gone@example.com").await;
    store.delete_user(gone.id).await.expect("deletes");
    let insertion = store.insert_factor(&factor(&gone)).await;
    assert_eq!(insertion.expect("answers"), FactorInsertion::UserGone);
    assert_eq!(stored(store, gone.id).await, None);
}

/// Starting again gives another secret, until one is confirmed.
pub async fn an_unconfirmed_factor_is_replaced_and_a_confirmed_one_stays(store: &dyn Store) {
    let ada = inserted(store, "factor-again@example.com").await;
    let first = kept(store, &ada).await;
    let second = Factor {
        sealed_secret: vec![1],
        created_at: later(&ada),
        ..factor(&ada)
    };
    let insertion = store.insert_factor(&second).await.expect("inserts");
    assert_eq!(insertion, FactorInsertion::Done);
    let second = Factor {
        id: first.id,
        ..second
    };
    assert_eq!(stored(store, ada.id).await, Some(second.clone()));
    let now = later(&ada);
    let old = store.confirm_factor(first.id, &first.sealed_secret, 7, now);
    assert_eq!(old.await.expect("answers"), FactorConfirmation::Stale);
    let new = store.confirm_factor(first.id, &second.sealed_secret, 7, now);
    assert_eq!(new.await.expect("answers"), FactorConfirmation::Confirmed);
    let insertion = store.insert_factor(&first).await.expect("answers");
    assert_eq!(insertion, FactorInsertion::Taken);
    let expected = Factor {
        last_step: 7,
        confirmed_at: Some(now),
        last_used_at: Some(now),
        ..second
    };
    assert_eq!(stored(store, ada.id).await, Some(expected));
}

/// An enrolment is confirmed once, however many requests race.
pub async fn of_racing_confirmations_one_wins(store: &dyn Store) {
    let ada = inserted(store, "factor-confirmed@example.com").await;
    for round in 0..20 {
        let factor = kept(store, &ada).await;
        let secret = factor.sealed_secret.clone();
        let confirm = |step| store.confirm_factor(factor.id, &secret, step, later(&ada));
        let outcomes = join_all((0..8).map(confirm)).await;
        let confirmed = outcomes
            .into_iter()
            .map(|outcome| outcome.expect("answers"));
        let confirmed = confirmed.filter(|it| *it == FactorConfirmation::Confirmed);
        assert_eq!(confirmed.count(), 1, "round {round}");
        let removed = store.remove_factor(ada.id, TOTP).await;
        assert_eq!(removed.expect("removes"), Ended::Now);
    }
}

/// A code counts once, and never after a later one (RFC 6238, section 5.2).
pub async fn a_step_is_used_once_and_only_after_the_last_one(store: &dyn Store) {
    let ada = inserted(store, "factor-steps@example.com").await;
    let unconfirmed = kept(store, &ada).await;
    let now = later(&ada).plus(Duration::from_secs(60));
    let early = store.use_totp(unconfirmed.id, 200, now, None).await;
    assert_eq!(early.expect("answers"), StepUse::Stale, "unconfirmed");
    let factor = confirmed(store, &ada).await;
    for (step, resealed, expected) in [
        (99, None, StepUse::Stale),
        (100, None, StepUse::Stale),
        (101, None, StepUse::Used),
        (101, None, StepUse::Stale),
        (103, Some(&[5, 0, 255][..]), StepUse::Used),
        (102, None, StepUse::Stale),
    ] {
        let used = store.use_totp(factor.id, step, now, resealed).await;
        assert_eq!(used.expect("answers"), expected, "{step}");
    }
    let expected = Factor {
        last_step: 103,
        last_used_at: Some(now),
        sealed_secret: vec![5, 0, 255],
        ..factor
    };
    assert_eq!(stored(store, ada.id).await, Some(expected));
    let missing = store.use_totp(FactorId::new(now), 999, now, None).await;
    assert_eq!(missing.expect("answers"), StepUse::Stale);
}

/// Thirty-two requests with one code: one of them counts.
pub async fn of_racing_uses_of_a_step_one_wins(store: &dyn Store) {
    let ada = inserted(store, "factor-raced@example.com").await;
    let factor = confirmed(store, &ada).await;
    for step in 101..101 + i64::from(rounds(10)) {
        let uses = (0..32).map(|_| store.use_totp(factor.id, step, later(&ada), None));
        let outcomes = join_all(uses).await;
        let used = outcomes
            .into_iter()
            .map(|outcome| outcome.expect("answers"));
        assert_eq!(used.filter(|it| *it == StepUse::Used).count(), 1, "{step}");
    }
}

/// Other users keep their factors.
pub async fn a_removed_factor_is_gone_and_no_other(store: &dyn Store) {
    let ada = inserted(store, "factor-removed@example.com").await;
    let bea = inserted(store, "factor-stays@example.com").await;
    confirmed(store, &ada).await;
    let stays = confirmed(store, &bea).await;
    for expected in [Ended::Now, Ended::Before] {
        let removed = store.remove_factor(ada.id, TOTP).await;
        assert_eq!(removed.expect("removes"), expected);
    }
    assert_eq!(stored(store, ada.id).await, None);
    assert_eq!(stored(store, bea.id).await, Some(stays));
    kept(store, &ada).await;
}

/// Nothing of the user is left.
pub async fn a_deleted_user_takes_the_factor_along(store: &dyn Store) {
    let ada = inserted(store, "factor-deleted@example.com").await;
    confirmed(store, &ada).await;
    store.delete_user(ada.id).await.expect("deletes");
    assert_eq!(stored(store, ada.id).await, None);
}
