//! How many sessions one user may have.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;

use super::super::{QUOTA, inserted, later, session};
use crate::{Session, SessionId, SessionInsertion, Store, User};

/// Returns a session of the user that was last used that many seconds after the sign-up.
fn seen(user: &User, seconds: u64) -> Session {
    Session {
        last_seen_at: user.created_at.plus(Duration::from_secs(seconds)),
        ..session(user, later(user))
    }
}

/// Inserts a session. Returns the sessions that were ended to make room for it.
async fn ended_for(store: &dyn Store, new: &Session, quota: u32) -> Vec<SessionId> {
    match store.insert_session(new, quota).await.expect("inserts") {
        SessionInsertion::Done { ended } => ended,
        SessionInsertion::UserGone => panic!("the user exists"),
    }
}

async fn sessions_of(store: &dyn Store, user: &User) -> BTreeSet<SessionId> {
    let listed = store.list_sessions(user.id, None, 1_000).await;
    let listed = listed.expect("lists").into_iter();
    listed.map(|session| session.id).collect()
}

/// A user has at most `quota` sessions. No session of another user is ended.
pub async fn beyond_its_quota_a_session_ends_the_one_that_was_unused_for_longest(
    store: &dyn Store,
) {
    let owner = inserted(store, "many.sessions@example.com").await;
    let other = inserted(store, "other.sessions@example.com").await;
    let others = seen(&other, 0);
    assert_eq!(ended_for(store, &others, 3).await, []);
    let [first, second, third, fourth, fifth] =
        [20, 10, 30, 50, 40].map(|seconds| seen(&owner, seconds));
    for kept in [&first, &second, &third] {
        assert_eq!(ended_for(store, kept, 3).await, []);
    }
    assert_eq!(ended_for(store, &fourth, 3).await, [second.id]);
    assert_eq!(ended_for(store, &fifth, 3).await, [first.id]);
    let left = BTreeSet::from([third.id, fourth.id, fifth.id]);
    assert_eq!(sessions_of(store, &owner).await, left);
    assert!(
        store
            .find_session(first.id)
            .await
            .expect("answers")
            .is_none()
    );
    let others = BTreeSet::from([others.id]);
    assert_eq!(sessions_of(store, &other).await, others);
}

/// The new session never ends itself, although it may have been used before the others.
pub async fn a_new_session_stays_whatever_the_others_are(store: &dyn Store) {
    let owner = inserted(store, "new.session@example.com").await;
    let old = seen(&owner, 600);
    assert_eq!(ended_for(store, &old, 1).await, []);
    let new = seen(&owner, 0);
    assert_eq!(ended_for(store, &new, 1).await, [old.id]);
    assert_eq!(sessions_of(store, &owner).await, BTreeSet::from([new.id]));
}

/// An active session ends only if there are too many active ones.
pub async fn inactive_sessions_end_before_active_ones(store: &dyn Store) {
    let mut owner = inserted(store, "dead.sessions@example.com").await;
    let active = seen(&owner, 0);
    let expired = Session {
        expires_at: owner.created_at,
        ..seen(&owner, 500)
    };
    let idle = Session {
        last_seen_at: owner.created_at,
        idle_for: Duration::ZERO,
        ..seen(&owner, 0)
    };
    for kept in [&active, &expired, &idle] {
        assert_eq!(ended_for(store, kept, 3).await, []);
    }
    let new = seen(&owner, 1);
    assert_eq!(ended_for(store, &new, 3).await, [idle.id]);
    let newer = seen(&owner, 2);
    assert_eq!(ended_for(store, &newer, 3).await, [expired.id]);
    // All sessions of an earlier epoch have ended, however recently they were used.
    owner.epoch = owner.epoch.next();
    let next_epoch = seen(&owner, 0);
    assert_eq!(ended_for(store, &next_epoch, 3).await, [active.id]);
    let another = seen(&owner, 0);
    assert_eq!(ended_for(store, &another, 3).await, [new.id]);
}

/// A user with thousands of sessions, from before the quota existed, gets below it with further
/// sign-ins.
pub async fn a_user_with_far_too_many_sessions_loses_some_at_each_sign_in(store: &dyn Store) {
    let owner = inserted(store, "far.too.many@example.com").await;
    let before: Vec<_> = (0..12).map(|seconds| seen(&owner, seconds)).collect();
    for kept in &before {
        assert_eq!(ended_for(store, kept, QUOTA).await, []);
    }
    for left in [10, 8, 6, 4, 2, 2] {
        let ended = ended_for(store, &seen(&owner, 100), 2).await.len();
        assert!(ended <= 3, "{ended}");
        assert_eq!(sessions_of(store, &owner).await.len(), left);
    }
}

/// Concurrent insertions may leave a few surplus sessions, which the next insertion ends.
pub async fn after_racing_sign_ins_the_next_one_brings_the_quota_back(store: &dyn Store) {
    let owner = inserted(store, "racing.sessions@example.com").await;
    let racing: Vec<_> = (0..10).map(|_| seen(&owner, 0)).collect();
    let inserted = join_all(racing.iter().map(|new| store.insert_session(new, 5))).await;
    for insertion in inserted {
        let insertion = insertion.expect("inserts");
        assert!(matches!(insertion, SessionInsertion::Done { .. }));
    }
    let new = seen(&owner, 1);
    for _ in 0..3 {
        ended_for(
            store,
            &Session {
                id: SessionId::new(owner.created_at),
                ..new.clone()
            },
            5,
        )
        .await;
    }
    assert_eq!(sessions_of(store, &owner).await.len(), 5);
}
