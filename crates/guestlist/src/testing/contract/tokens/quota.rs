//! How many personal access tokens one user may have.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::{
    super::{QUOTA, inserted},
    of_a_service, token,
};
use crate::{Store, Token, TokenId, TokenInsertion, TokenOwner, User};

async fn tokens_of(store: &dyn Store, user: &User) -> BTreeSet<TokenId> {
    let listed = store.list_tokens(Some(user.id), None, 1_000).await;
    let listed = listed.expect("lists").into_iter();
    listed.map(|token| token.id).collect()
}

fn theirs(user: &User) -> Token {
    token(TokenOwner::User(user.id), user.created_at)
}

/// A surplus token is refused every time. A service has no quota.
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

/// Inactive tokens do not count. A token of a later epoch than the new one's stays.
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

/// The quota holds for any number of concurrent insertions.
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
