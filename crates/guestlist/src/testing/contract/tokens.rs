//! Personal access tokens, and the tokens of services.

mod quota;

pub use quota::*;

use std::time::Duration;

use super::{QUOTA, assert_same, found, hash, inserted, later};
use crate::{
    Ended, Epoch, Extent, HashExchange, PasswordHash, Scope, Store, Timestamp, Token, TokenId,
    TokenInsertion, TokenName, TokenOwner, User, UserId, testing,
};

pub(super) fn token(owner: TokenOwner, now: Timestamp) -> Token {
    Token {
        id: TokenId::new(now),
        owner,
        token_epoch: Epoch::default(),
        hash: hash(1),
        name: TokenName::parse("Backup at night").expect("is a name"),
        scope: Scope::Read,
        created_at: now,
        expires_at: Some(now.plus(Duration::from_secs(3_600))),
        last_used_at: None,
    }
}

pub(super) async fn kept(store: &dyn Store, token: Token) -> Token {
    let insertion = store.insert_token(&token, QUOTA).await.expect("inserts");
    assert_eq!(insertion, TokenInsertion::Done);
    token
}

pub(super) async fn theirs(store: &dyn Store, user: &User) -> Token {
    kept(store, token(TokenOwner::User(user.id), user.created_at)).await
}

pub(super) async fn of_a_service(store: &dyn Store, now: Timestamp) -> Token {
    let name = TokenName::parse("Zoë's \"gateway\"; 'x'").expect("is a name");
    let mut token = token(TokenOwner::Service(name.clone()), now);
    (token.name, token.scope, token.expires_at) = (name, Scope::Introspect, None);
    kept(store, token).await
}

async fn found_token(store: &dyn Store, id: TokenId) -> Option<Token> {
    let found = store.find_token(id).await.expect("answers");
    found.map(|(token, _)| token)
}

/// One look-up returns the token and the current state of its user; a service has no user.
pub async fn a_token_comes_back_with_its_owner(store: &dyn Store) {
    let owner = inserted(store, "token@example.com").await;
    let mut full = token(TokenOwner::User(owner.id), owner.created_at);
    (full.token_epoch, full.last_used_at) = (Epoch(3), Some(later(&owner)));
    let full = kept(store, full).await;
    let service = of_a_service(store, owner.created_at).await;
    store
        .disable_user(owner.id, later(&owner))
        .await
        .expect("disables");
    let (token, its_user) = store
        .find_token(full.id)
        .await
        .expect("answers")
        .expect("is there");
    assert_eq!(token, full);
    assert_same(&its_user.expect("has one"), &found(store, owner.id).await);
    let (token, user) = store
        .find_token(service.id)
        .await
        .expect("answers")
        .expect("is there");
    assert_eq!(token, service);
    assert!(user.is_none());
    assert_eq!(
        found_token(store, TokenId::new(owner.created_at)).await,
        None
    );
}

/// The store refuses a token for a missing user.
pub async fn a_token_needs_its_user(store: &dyn Store) {
    let missing = testing::user("never.had@example.com");
    let orphan = token(TokenOwner::User(missing.id), missing.created_at);
    let insertion = store.insert_token(&orphan, QUOTA).await.expect("answers");
    assert_eq!(insertion, TokenInsertion::UserGone);
    assert_eq!(found_token(store, orphan.id).await, None);
}

/// A rehash needs the expected hash, and changes only the hash.
pub async fn a_token_is_hashed_anew_only_from_the_expected_hash(store: &dyn Store) {
    let owner = inserted(store, "rehashes@example.com").await;
    for mut token in [
        theirs(store, &owner).await,
        of_a_service(store, owner.created_at).await,
    ] {
        let gone = TokenId::new(owner.created_at);
        for (id, expected) in [(token.id, hash(2)), (gone, token.hash)] {
            let exchange = store.rehash_token(id, &expected, &hash(3)).await;
            assert_eq!(exchange.expect("answers"), HashExchange::Stale);
        }
        assert_eq!(found_token(store, token.id).await, Some(token.clone()));
        let exchange = store.rehash_token(token.id, &token.hash, &hash(3)).await;
        assert_eq!(exchange.expect("replaces"), HashExchange::Replaced);
        token.hash = hash(3);
        assert_eq!(found_token(store, token.id).await, Some(token));
    }
}

/// Two nodes rehash the same token: one succeeds, and the other gets `Stale`.
pub async fn of_racing_hashes_of_a_token_one_wins(store: &dyn Store) {
    let owner = inserted(store, "racing.hashes@example.com").await;
    let token = theirs(store, &owner).await;
    for round in 1..20 {
        let (expected, a, b) = (hash(round), hash(round + 1), hash(round + 101));
        let (first, second) = tokio::join!(
            store.rehash_token(token.id, &expected, &a),
            store.rehash_token(token.id, &expected, &b)
        );
        let won = match (first.expect("answers"), second.expect("answers")) {
            (HashExchange::Replaced, HashExchange::Stale) => a,
            (HashExchange::Stale, HashExchange::Replaced) => b,
            both => panic!("{both:?}"),
        };
        let kept = found_token(store, token.id).await.expect("is there");
        assert_eq!(kept.hash, won);
        let back = store.rehash_token(token.id, &won, &a).await;
        assert_eq!(back.expect("answers"), HashExchange::Replaced);
    }
}

/// The operation that removes a token also checks its owner.
pub async fn a_retired_token_is_gone_and_only_its_owner_can_retire_it(store: &dyn Store) {
    let owner = inserted(store, "retires@example.com").await;
    let other = inserted(store, "retires.not@example.com").await;
    let personal = theirs(store, &owner).await;
    let service = of_a_service(store, owner.created_at).await;
    for (whose, id) in [
        (Some(other.id), personal.id),
        (None, personal.id),
        (Some(owner.id), service.id),
        (Some(owner.id), TokenId::new(owner.created_at)),
    ] {
        assert_eq!(
            store.retire_token(whose, id).await.expect("answers"),
            Ended::Before
        );
    }
    assert_eq!(
        found_token(store, personal.id).await,
        Some(personal.clone())
    );
    assert_eq!(found_token(store, service.id).await, Some(service.clone()));
    for (whose, id) in [(Some(owner.id), personal.id), (None, service.id)] {
        assert_eq!(
            store.retire_token(whose, id).await.expect("retires"),
            Ended::Now
        );
        assert_eq!(
            store.retire_token(whose, id).await.expect("answers"),
            Ended::Before
        );
        assert_eq!(found_token(store, id).await, None);
    }
}

/// Each token is listed once, and no token of another owner.
pub async fn tokens_of_a_user_or_of_all_services_are_listed_a_page_at_a_time(store: &dyn Store) {
    let owner = inserted(store, "lists.tokens@example.com").await;
    let other = inserted(store, "other.tokens@example.com").await;
    let (mut personal, mut services) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        personal.push(theirs(store, &owner).await);
        theirs(store, &other).await;
        services.push(of_a_service(store, owner.created_at).await);
    }
    for (whose, expected) in [(Some(owner.id), personal), (None, services)] {
        for size in 1..6 {
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let page = store.list_tokens(whose, after, size).await.expect("lists");
                assert!(page.len() <= usize::try_from(size).expect("fits"));
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                all.extend(page);
            }
            assert!(all.ends_with(&expected), "{whose:?}");
            assert!(all.iter().all(|token| token.owner.user() == whose));
        }
    }
    let others = store.list_tokens(Some(UserId::new(owner.created_at)), None, 9);
    assert!(others.await.expect("lists").is_empty());
}

/// Older timestamps never overwrite newer ones.
pub async fn a_token_was_used_when_it_was_last_used(store: &dyn Store) {
    let owner = inserted(store, "uses@example.com").await;
    let (one, two) = (theirs(store, &owner).await, theirs(store, &owner).await);
    let at = |seconds| owner.created_at.plus(Duration::from_secs(seconds));
    let gone = TokenId::new(owner.created_at);
    let touched = [(one.id, at(60)), (gone, at(60)), (two.id, at(70))];
    store.touch_tokens(&touched).await.expect("touches");
    store
        .touch_tokens(&[(one.id, at(50))])
        .await
        .expect("touches");
    for (mut kept, used_at) in [(one, at(60)), (two, at(70))] {
        kept.last_used_at = Some(used_at);
        assert_eq!(found_token(store, kept.id).await, Some(kept));
    }
}

/// Deleting a user deletes the user's tokens.
pub async fn a_deleted_user_takes_all_tokens_along(store: &dyn Store) {
    let owner = inserted(store, "leaves.tokens@example.com").await;
    let other = inserted(store, "stays.tokens@example.com").await;
    let (goes, stays) = (theirs(store, &owner).await, theirs(store, &other).await);
    store.delete_user(owner.id).await.expect("deletes");
    assert_eq!(found_token(store, goes.id).await, None);
    assert_eq!(found_token(store, stays.id).await, Some(stays));
}

/// Sessions and tokens share the limit.
pub async fn expired_tokens_are_purged_and_those_without_an_end_stay(store: &dyn Store) {
    let owner = inserted(store, "swept.tokens@example.com").await;
    let at = Timestamp::from_millis;
    for expires_at in [997, 998, 999, 1_000] {
        let mut expired = token(TokenOwner::User(owner.id), owner.created_at);
        expired.expires_at = Some(at(expires_at));
        kept(store, expired).await;
    }
    let session = super::session(&owner, at(999));
    store
        .insert_session(&session, QUOTA)
        .await
        .expect("inserts");
    let (active, endless) = (
        theirs(store, &owner).await,
        of_a_service(store, owner.created_at).await,
    );
    for purged in [3, 1, 0] {
        assert_eq!(store.purge(at(1_000), 3).await.expect("purges"), purged);
    }
    assert_eq!(found_token(store, active.id).await, Some(active));
    assert_eq!(found_token(store, endless.id).await, Some(endless));
    let left = store
        .list_tokens(Some(owner.id), None, 9)
        .await
        .expect("lists");
    assert_eq!(left.len(), 2);
}

/// One operation ends every session and every personal access token.
pub async fn another_password_and_disabling_raise_the_epoch_of_tokens_too(store: &dyn Store) {
    let kept = inserted(store, "both.epochs@example.com").await;
    let new = PasswordHash::from_stored("new");
    store
        .set_password(kept.id, kept.epoch, &new)
        .await
        .expect("sets");
    assert_eq!(found(store, kept.id).await.token_epoch, Epoch(1));
    store
        .disable_user(kept.id, later(&kept))
        .await
        .expect("disables");
    assert_eq!(found(store, kept.id).await.token_epoch, Epoch(2));
    store.enable_user(kept.id).await.expect("enables");
    let raised = store
        .end_sessions_of(kept.id, Epoch(2), Extent::Sessions)
        .await;
    raised.expect("raises");
    assert_eq!(found(store, kept.id).await.token_epoch, Epoch(2));
}
