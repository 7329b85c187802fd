//! Sessions.

mod quota;
mod rotating;

pub use quota::*;
pub use rotating::*;

use std::{net::IpAddr, time::Duration};

use super::{
    QUOTA, assert_same, found, found_session, hash, inserted, kept_session, later, session,
};
use crate::{
    Ended, Epoch, EpochRaise, Extent, Scope, SessionId, SessionInsertion, Store, Timestamp, UserId,
    testing::user,
};

/// One look-up returns the session and the current state of its user.
pub async fn a_session_comes_back_with_its_user(store: &dyn Store) {
    let mut owner = inserted(store, "session@example.com").await;
    let plain = session(&owner, later(&owner));
    let mut full = session(&owner, later(&owner));
    full.epoch = Epoch(3);
    full.secret_hash = Some(hash(1));
    full.secret_expires_at = Some(owner.created_at.plus(Duration::from_millis(1)));
    full.refresh_hash = Some(hash(2));
    full.generation = u32::MAX;
    full.refreshed_at = Some(owner.created_at.plus(Duration::from_millis(2)));
    full.last_seen_at = owner.created_at.plus(Duration::from_millis(3));
    full.proven_at = owner.created_at.plus(Duration::from_millis(4));
    full.idle_for = Duration::from_millis(5);
    full.scope = Scope::Read;
    full.client.device = Some("$user.ünï \"x\"".to_owned());
    full.client.address = Some(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]));
    for kept in [&plain, &full] {
        let insertion = store.insert_session(kept, QUOTA).await.expect("inserts");
        assert_eq!(insertion, SessionInsertion::Done { ended: vec![] });
    }
    owner.disabled_at = Some(later(&owner));
    owner.epoch = owner.epoch.next();
    owner.token_epoch = owner.token_epoch.next();
    store
        .disable_user(owner.id, later(&owner))
        .await
        .expect("disables");
    for kept in [plain, full] {
        let found = store.find_session(kept.id).await.expect("answers");
        let (found, its_user) = found.expect("is there");
        assert_eq!(found, kept);
        assert_same(&its_user, &owner);
    }
    let none = store.find_session(SessionId::new(owner.created_at)).await;
    assert!(none.expect("answers").is_none());
}

/// The store refuses a session for a missing user.
pub async fn a_session_needs_its_user(store: &dyn Store) {
    let missing = user("never.kept@example.com");
    let orphan = session(&missing, later(&missing));
    let insertion = store.insert_session(&orphan, QUOTA).await.expect("answers");
    assert_eq!(insertion, SessionInsertion::UserGone);
    assert!(
        store
            .find_session(orphan.id)
            .await
            .expect("answers")
            .is_none()
    );
}

/// Signing out twice is no error.
pub async fn an_ended_session_is_gone_and_ending_it_again_is_no_error(store: &dyn Store) {
    let owner = inserted(store, "ended@example.com").await;
    let (ends, stays) = (
        session(&owner, later(&owner)),
        session(&owner, later(&owner)),
    );
    for kept in [&ends, &stays] {
        store.insert_session(kept, QUOTA).await.expect("inserts");
    }
    assert_eq!(store.end_session(ends.id).await.expect("ends"), Ended::Now);
    assert_eq!(
        store.end_session(ends.id).await.expect("answers"),
        Ended::Before
    );
    assert!(
        store
            .find_session(ends.id)
            .await
            .expect("answers")
            .is_none()
    );
    assert!(
        store
            .find_session(stays.id)
            .await
            .expect("answers")
            .is_some()
    );
}

/// Deleting a user deletes the user's sessions and tokens.
pub async fn a_deleted_user_takes_all_sessions_along(store: &dyn Store) {
    let (leaves, stays) = (
        inserted(store, "leaves@example.com").await,
        inserted(store, "stays@example.com").await,
    );
    let sessions = [
        session(&leaves, later(&leaves)),
        session(&leaves, later(&leaves)),
        session(&stays, later(&stays)),
    ];
    for kept in &sessions {
        store.insert_session(kept, QUOTA).await.expect("inserts");
    }
    store.delete_user(leaves.id).await.expect("deletes");
    let mut found = Vec::new();
    for kept in &sessions {
        found.push(
            store
                .find_session(kept.id)
                .await
                .expect("answers")
                .is_some(),
        );
    }
    assert_eq!(found, [false, false, true]);
}

/// A deletion and a sign-in race. Afterwards neither the user nor a session is left.
pub async fn of_a_racing_sign_in_and_deletion_nothing_is_left_behind(store: &dyn Store) {
    for round in 0..20 {
        let owner = inserted(store, &format!("fleeting{round}@example.com")).await;
        let kept = session(&owner, later(&owner));
        let (insertion, deletion) = tokio::join!(
            store.insert_session(&kept, QUOTA),
            store.delete_user(owner.id)
        );
        insertion.expect("answers");
        assert_eq!(deletion.expect("deletes"), Ended::Now);
        assert!(
            store
                .find_session(kept.id)
                .await
                .expect("answers")
                .is_none()
        );
    }
}

/// Only records that expired before that moment are removed, and no more than the limit.
pub async fn expired_sessions_are_purged_in_batches(store: &dyn Store) {
    let owner = inserted(store, "swept@example.com").await;
    let long_ago = |millis| Timestamp::from_millis(millis);
    let before = long_ago(1_000);
    for expires_at in [997, 998, 999, 1_000] {
        let expired = session(&owner, long_ago(expires_at));
        store
            .insert_session(&expired, QUOTA)
            .await
            .expect("inserts");
    }
    let active = session(&owner, later(&owner));
    store.insert_session(&active, QUOTA).await.expect("inserts");
    assert_eq!(store.purge(before, 2).await.expect("purges"), 2);
    assert_eq!(store.purge(before, 2).await.expect("purges"), 1);
    assert_eq!(store.purge(before, 2).await.expect("purges"), 0);
    assert!(
        store
            .find_session(active.id)
            .await
            .expect("answers")
            .is_some()
    );
}

/// Each session is listed once, active or not, and no session of another user.
pub async fn sessions_of_a_user_are_listed_a_page_at_a_time(store: &dyn Store) {
    let owner = inserted(store, "lists.sessions@example.com").await;
    let other = inserted(store, "other.sessions@example.com").await;
    let mut kept = Vec::new();
    for number in 0..5 {
        kept.push(kept_session(store, &owner).await);
        kept_session(store, &other).await;
        if number == 0 {
            let raised = store
                .end_sessions_of(owner.id, owner.epoch, Extent::Sessions)
                .await;
            raised.expect("raises");
        }
    }
    kept.sort_by_key(|session| session.id);
    for size in 1..7 {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_sessions(owner.id, after, size).await;
            let page = page.expect("lists");
            assert!(page.len() <= usize::try_from(size).expect("fits"));
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            all.extend(page);
        }
        assert_eq!(all, kept);
    }
    let others = store.list_sessions(UserId::new(owner.created_at), None, 9);
    assert!(others.await.expect("lists").is_empty());
}

/// Older timestamps never overwrite newer ones; deleted sessions are ignored.
pub async fn a_session_was_seen_when_it_was_last_seen(store: &dyn Store) {
    let owner = inserted(store, "seen@example.com").await;
    let (one, two) = (
        kept_session(store, &owner).await,
        kept_session(store, &owner).await,
    );
    let at = |seconds| owner.created_at.plus(Duration::from_secs(seconds));
    let gone = SessionId::new(owner.created_at);
    let touched = [(one.id, at(60)), (gone, at(60)), (two.id, at(70))];
    store.touch_sessions(&touched).await.expect("touches");
    let touched = [(one.id, at(50)), (two.id, at(80))];
    store.touch_sessions(&touched).await.expect("touches");
    store.touch_sessions(&[]).await.expect("touches nothing");
    for (mut kept, seen_at) in [(one, at(60)), (two, at(80))] {
        kept.last_seen_at = seen_at;
        assert_eq!(found_session(store, kept.id).await, Some(kept));
    }
    assert_eq!(found_session(store, gone).await, None);
}

/// A caller with another epoch ends no sessions. Personal access tokens stay valid.
pub async fn sessions_end_together_only_in_the_expected_epoch(store: &dyn Store) {
    let mut kept = inserted(store, "together@example.com").await;
    for (whose, epoch) in [
        (kept.id, kept.epoch.next()),
        (UserId::new(kept.created_at), kept.epoch),
    ] {
        let raised = store.end_sessions_of(whose, epoch, Extent::Sessions).await;
        assert_eq!(raised.expect("answers"), EpochRaise::Stale);
    }
    assert_same(&found(store, kept.id).await, &kept);
    let raised = store
        .end_sessions_of(kept.id, kept.epoch, Extent::Sessions)
        .await;
    kept.epoch = kept.epoch.next();
    assert_eq!(raised.expect("raises"), EpochRaise::Raised(kept.epoch));
    assert_same(&found(store, kept.id).await, &kept);
}

/// One operation raises both epochs.
pub async fn personal_tokens_end_with_sessions_if_both_are_requested(store: &dyn Store) {
    let mut kept = inserted(store, "ends.both@example.com").await;
    kept.token_epoch = Epoch(7);
    store.delete_user(kept.id).await.expect("deletes");
    store.insert_user(&kept).await.expect("inserts");
    let both = Extent::SessionsAndTokens;
    let stale = store.end_sessions_of(kept.id, kept.epoch.next(), both);
    assert_eq!(stale.await.expect("answers"), EpochRaise::Stale);
    assert_same(&found(store, kept.id).await, &kept);
    let raised = store.end_sessions_of(kept.id, kept.epoch, both).await;
    (kept.epoch, kept.token_epoch) = (kept.epoch.next(), kept.token_epoch.next());
    assert_eq!(raised.expect("raises"), EpochRaise::Raised(kept.epoch));
    assert_same(&found(store, kept.id).await, &kept);
}

/// Each user is returned once, in the order of ids. Only the epochs change.
pub async fn everything_of_all_users_ends_a_page_at_a_time(store: &dyn Store) {
    let mut kept = Vec::new();
    for number in 0..5 {
        kept.push(inserted(store, &format!("everything{number}@example.com")).await);
    }
    kept.sort_by_key(|user| user.id);
    // Other users may be stored.
    let first = UserId::from(uuid_before(kept[0].id));
    let (mut ended, mut after) = (Vec::new(), Some(first));
    loop {
        let page = store.end_everything(after, 2).await.expect("ends");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(*last);
        ended.extend(page);
    }
    assert!(ended.is_sorted());
    for mut user in kept {
        assert_eq!(ended.iter().filter(|id| **id == user.id).count(), 1);
        (user.epoch, user.token_epoch) = (user.epoch.next(), user.token_epoch.next());
        assert_same(&found(store, user.id).await, &user);
    }
    assert!(
        store
            .end_everything(after, 2)
            .await
            .expect("answers")
            .is_empty()
    );
    assert!(
        store
            .end_everything(None, 0)
            .await
            .expect("answers")
            .is_empty()
    );
}

fn uuid_before(id: UserId) -> uuid::Uuid {
    uuid::Uuid::from_u128(id.as_uuid().as_u128() - 1)
}

/// The owner and a thief each end the other sessions at once. Exactly one of the two succeeds.
pub async fn of_racing_ends_in_one_epoch_one_wins(store: &dyn Store) {
    for round in 0..20 {
        let kept = inserted(store, &format!("ends{round}@example.com")).await;
        let (first, second) = tokio::join!(
            store.end_sessions_of(kept.id, kept.epoch, Extent::Sessions),
            store.end_sessions_of(kept.id, kept.epoch, Extent::Sessions)
        );
        let outcomes = [first, second].map(|outcome| outcome.expect("answers"));
        assert!(outcomes.contains(&EpochRaise::Raised(kept.epoch.next())));
        assert!(outcomes.contains(&EpochRaise::Stale));
        assert_eq!(found(store, kept.id).await.epoch, kept.epoch.next());
    }
}
