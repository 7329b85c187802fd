//! Quotas: how many sessions and personal access tokens one user may have.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;

use super::{
    QUOTA, inserted, later, session,
    tokens::{of_a_service, token},
};
use crate::{
    Session, SessionId, SessionInsertion, Store, Token, TokenId, TokenInsertion, TokenOwner, User,
};

/// A session of the user that was last seen so many seconds after the account was created.
fn seen(user: &User, seconds: u64) -> Session {
    Session {
        last_seen_at: user.created_at.plus(Duration::from_secs(seconds)),
        ..session(user, later(user))
    }
}

/// The sessions that were ended to make room for the new one.
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

async fn tokens_of(store: &dyn Store, user: &User) -> BTreeSet<TokenId> {
    let listed = store.list_tokens(Some(user.id), None, 1_000).await;
    let listed = listed.expect("lists").into_iter();
    listed.map(|token| token.id).collect()
}

fn theirs(user: &User) -> Token {
    token(TokenOwner::User(user.id), user.created_at)
}

/// A user has at most so many sessions; nobody else's is ended for it.
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

/// The new session is never the one that ends, although it may have been seen before the others.
pub async fn a_new_session_stays_whatever_the_others_are(store: &dyn Store) {
    let owner = inserted(store, "new.session@example.com").await;
    let old = seen(&owner, 600);
    assert_eq!(ended_for(store, &old, 1).await, []);
    let new = seen(&owner, 0);
    assert_eq!(ended_for(store, &new, 1).await, [old.id]);
    assert_eq!(sessions_of(store, &owner).await, BTreeSet::from([new.id]));
}

/// An active session ends only if there are too many active ones.
pub async fn sessions_that_open_nothing_end_before_active_ones(store: &dyn Store) {
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
    // All of an earlier epoch have ended, however recently they were seen.
    owner.epoch = owner.epoch.next();
    let next_epoch = seen(&owner, 0);
    assert_eq!(ended_for(store, &next_epoch, 3).await, [active.id]);
    let another = seen(&owner, 0);
    assert_eq!(ended_for(store, &another, 3).await, [new.id]);
}

/// A user with thousands of sessions, from before there was a quota, gets below it sign-in by sign-in.
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

/// Some too many may be left by those that race, and go with the next one.
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

/// One more is refused, and refused again; a service has no quota.
pub async fn a_token_beyond_the_quota_is_refused(store: &dyn Store) {
    let owner = inserted(store, "many.tokens@example.com").await;
    let other = inserted(store, "other.tokens@example.com").await;
    let [first, second, third] = [(); 3].map(|()| theirs(&owner));
    for (token, outcome) in [
        (&first, TokenInsertion::Done),
        (&second, TokenInsertion::Done),
        (&third, TokenInsertion::QuotaReached),
        (&third, TokenInsertion::QuotaReached),
    ] {
        assert_eq!(
            store.insert_token(token, 2).await.expect("answers"),
            outcome
        );
    }
    let of_another = store.insert_token(&theirs(&other), 2).await;
    assert_eq!(of_another.expect("inserts"), TokenInsertion::Done);
    assert_eq!(
        tokens_of(store, &owner).await,
        BTreeSet::from([first.id, second.id])
    );
    let retired = store.retire_token(Some(owner.id), first.id).await;
    retired.expect("retires");
    let kept = store.insert_token(&third, 2).await.expect("inserts");
    assert_eq!(kept, TokenInsertion::Done);
    for _ in 0..3 {
        let service = of_a_service(store, owner.created_at).await;
        let again = Token {
            id: TokenId::new(owner.created_at),
            ..service
        };
        let kept = store.insert_token(&again, 1).await.expect("inserts");
        assert_eq!(kept, TokenInsertion::Done);
    }
}

/// What opens nothing any more takes no place. A token of a later epoch than the new one's stays.
pub async fn expired_and_ended_tokens_do_not_count_towards_the_quota(store: &dyn Store) {
    let owner = inserted(store, "dead.tokens@example.com").await;
    let mut expired = theirs(&owner);
    expired.expires_at = Some(owner.created_at);
    let ended = theirs(&owner);
    let mut later = theirs(&owner);
    later.token_epoch = owner.token_epoch.next().next();
    for token in [&expired, &ended, &later] {
        let kept = store.insert_token(token, QUOTA).await.expect("inserts");
        assert_eq!(kept, TokenInsertion::Done);
    }
    let mut new = theirs(&owner);
    new.token_epoch = owner.token_epoch.next();
    let kept = store.insert_token(&new, 2).await.expect("inserts");
    assert_eq!(kept, TokenInsertion::Done);
    assert_eq!(
        tokens_of(store, &owner).await,
        BTreeSet::from([later.id, new.id])
    );
}

/// However many are made at once.
pub async fn racing_tokens_never_exceed_the_quota(store: &dyn Store) {
    let owner = inserted(store, "racing.tokens@example.com").await;
    let racing: Vec<_> = (0..10).map(|_| theirs(&owner)).collect();
    let outcomes = join_all(racing.iter().map(|new| store.insert_token(new, 4))).await;
    let mut kept = BTreeSet::new();
    for (token, outcome) in racing.iter().zip(outcomes) {
        if outcome.expect("answers") == TokenInsertion::Done {
            kept.insert(token.id);
        }
    }
    assert!(kept.len() <= 4, "{kept:?}");
    assert_eq!(tokens_of(store, &owner).await, kept);
    for _ in kept.len()..4 {
        let outcome = store.insert_token(&theirs(&owner), 4).await;
        assert_eq!(outcome.expect("inserts"), TokenInsertion::Done);
    }
    let refused = store.insert_token(&theirs(&owner), 4).await;
    assert_eq!(refused.expect("answers"), TokenInsertion::QuotaReached);
}
