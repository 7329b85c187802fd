//! What every store promises, each promise a function; [`store_contract!`](crate::store_contract)
//! stamps them all onto a store.
//!
//! The promises use addresses of their own, so that they also hold on a store that is not empty.

mod addresses;
mod archive;
mod census;
mod importing;
mod keys;
mod listing;
mod names;
mod passwords;
mod quotas;
mod rotating;
mod sessions;
mod tokens;

pub use addresses::*;
pub use archive::*;
pub use census::*;
pub use importing::*;
pub use keys::*;
pub use listing::*;
pub use names::*;
pub use passwords::*;
pub use quotas::*;
pub use rotating::*;
pub use sessions::*;
pub use tokens::*;

use std::time::Duration;

use super::user;
use crate::{
    Client, Ended, Epoch, HashExchange, PasswordHash, Session, SessionId, SessionInsertion, Store,
    Timestamp, TokenHash, User, UserId, UserInsertion, UserName,
};

/// Stamps every promise of the door's store onto one, a test each. Give it an async closure that
/// opens a store: `guestlist::store_contract!(async || MyStore::open(path()).await.expect("opens"));`
///
/// With `may_skip:` before the closure, it gives an `Option`, and no test is made of what is none: for a database server that
/// is not there ([`service`](crate::testing::service)).
///
/// The test crate needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! store_contract {
    ($open:expr) => {
        $crate::store_contract!(may_skip: async || Some(($open)().await));
    };
    (may_skip: $open:expr) => {
        $crate::store_contract!(@stamp $open;
            a_user_comes_back_as_kept
            an_address_is_looked_up_in_its_canonical_form
            of_two_racing_sign_ups_one_wins
            an_address_is_free_again_after_its_user_is_deleted
            a_hash_is_upgraded_only_from_the_expected_one
            of_two_racing_upgrades_one_wins
            an_upgrade_changes_nothing_but_the_hash
            another_password_raises_the_epoch_and_changes_nothing_else
            a_password_is_set_only_in_the_expected_epoch
            of_two_racing_passwords_in_one_epoch_one_wins
            an_upgrade_never_undoes_another_password
            another_address_is_kept_unverified_and_the_old_one_is_free
            another_name_is_kept_and_so_is_none
            a_name_is_set_only_in_the_expected_epoch
            an_address_is_set_only_if_it_is_free_and_in_the_expected_epoch
            of_two_racing_users_one_gets_the_address
            of_a_racing_password_and_disabling_both_are_counted_or_one_is_told
            disabling_raises_the_epoch_each_time
            whoever_is_enabled_comes_back_in_the_same_epoch
            racing_disablings_are_all_counted
            pages_of_users_hold_each_of_them_once_in_the_order_of_their_ids
            a_page_of_users_goes_on_though_the_last_of_them_is_gone
            an_imported_user_comes_back_as_the_row_says
            an_import_twice_changes_nothing
            an_address_that_is_taken_is_skipped_or_updated_or_stops_the_import
            an_update_takes_over_what_the_row_says_and_nothing_else
            an_updated_hash_raises_the_epoch_once
            whoever_becomes_disabled_by_an_update_gets_another_epoch
            a_second_row_of_one_address_meets_the_first
            an_id_that_somebody_else_has_changes_nothing
            an_import_of_nothing_is_nothing
            a_large_import_answers_for_each_row
            of_a_racing_import_and_sign_up_one_wins
            of_racing_imports_of_one_address_one_inserts
            a_session_comes_back_with_its_user
            a_session_needs_its_user
            an_ended_session_is_gone_and_ending_it_again_is_no_error
            a_deleted_user_takes_all_sessions_along
            of_a_racing_sign_in_and_deletion_nothing_is_left_behind
            expired_sessions_are_swept_in_batches
            sessions_of_a_user_are_listed_a_page_at_a_time
            a_session_was_seen_when_it_was_last_seen
            sessions_end_together_only_in_the_expected_epoch
            personal_tokens_end_with_sessions_where_both_are_to_end
            everything_of_all_users_ends_a_page_at_a_time
            of_racing_ends_in_one_epoch_one_wins
            a_rotation_replaces_what_opens_the_session_and_nothing_else
            a_rotation_of_another_generation_shows_what_stands
            of_racing_rotations_one_wins_and_the_others_see_what_it_left
            of_a_racing_rotation_and_end_nothing_is_left_behind
            a_retry_is_counted_in_its_generation_and_no_other
            racing_retries_are_all_counted
            a_proof_is_kept_only_in_the_expected_epoch
            a_proof_exchanges_the_token_only_from_the_expected_one
            of_racing_exchanges_one_wins
            a_token_comes_back_with_its_owner
            a_token_needs_its_user
            a_token_is_hashed_anew_only_from_the_expected_hash
            of_racing_hashes_of_a_token_one_wins
            a_retired_token_is_gone_and_nobody_retires_what_is_not_theirs
            tokens_of_a_user_or_of_all_services_are_listed_a_page_at_a_time
            a_token_was_used_when_it_was_last_used
            a_deleted_user_takes_all_tokens_along
            expired_tokens_are_swept_and_those_without_an_end_stay
            another_password_and_disabling_raise_the_epoch_of_tokens_too
            beyond_its_quota_a_session_ends_the_one_that_was_unused_for_longest
            a_new_session_stays_whatever_the_others_are
            sessions_that_open_nothing_end_before_active_ones
            a_user_with_far_too_many_sessions_loses_some_at_each_sign_in
            after_racing_sign_ins_the_next_one_brings_the_quota_back
            a_token_beyond_the_quota_is_refused
            expired_and_ended_tokens_do_not_count_towards_the_quota
            racing_tokens_never_exceed_the_quota
            keys_come_back_as_kept
            the_dates_of_a_key_only_become_earlier
            keys_that_verify_nothing_are_swept
            of_two_racing_keys_of_one_name_one_wins
            a_census_counts_what_is_kept_and_what_waits_for_the_sweep
            a_census_of_a_key_counts_what_is_stored_under_it
            a_store_that_is_open_is_ready
        );
    };
    (@stamp $open:expr; $($promise:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                let open = $open;
                let Some(store) = open().await else { return };
                $crate::testing::contract::$promise(&store).await;
            }
        )+
    };
}

/// More sessions and tokens than a promise makes that is not about quotas.
const QUOTA: u32 = 100;

fn session(user: &User, expires_at: Timestamp) -> Session {
    let idle_for = Duration::from_secs(600);
    Session::new(
        user,
        Client::default(),
        user.created_at,
        expires_at,
        idle_for,
    )
}

async fn kept_session(store: &dyn Store, user: &User) -> Session {
    let session = session(user, later(user));
    let insertion = store
        .insert_session(&session, QUOTA)
        .await
        .expect("inserts");
    assert_eq!(insertion, SessionInsertion::Done { ended: vec![] });
    session
}

async fn found_session(store: &dyn Store, id: SessionId) -> Option<Session> {
    let found = store.find_session(id).await.expect("answers");
    found.map(|(session, _)| session)
}

fn hash(byte: u8) -> TokenHash {
    TokenHash::from_stored(&[byte; 40])
}

fn later(user: &User) -> Timestamp {
    user.created_at.plus(Duration::from_secs(3_600))
}

async fn inserted(store: &dyn Store, address: &str) -> User {
    let user = user(address);
    let insertion = store.insert_user(&user).await.expect("inserts");
    assert_eq!(insertion, UserInsertion::Done);
    user
}

fn name(text: &str) -> UserName {
    UserName::parse(text).expect("is a name")
}

async fn found(store: &dyn Store, id: UserId) -> User {
    let found = store.find_user(id).await.expect("answers");
    found.expect("is there")
}

async fn stored_hash(store: &dyn Store, user: UserId) -> Option<String> {
    let user = store.find_user(user).await.expect("answers")?;
    user.password_hash.map(|hash| hash.as_stored().to_owned())
}

fn assert_same(found: &User, kept: &User) {
    let hash = |user: &User| {
        user.password_hash
            .as_ref()
            .map(|hash| hash.as_stored().to_owned())
    };
    assert_eq!(found.id, kept.id);
    assert_eq!(found.email.key(), kept.email.key());
    assert_eq!(found.email.as_given(), kept.email.as_given());
    assert_eq!(hash(found), hash(kept));
    assert_eq!(found.name, kept.name);
    assert_eq!(found.created_at, kept.created_at);
    assert_eq!(found.verified_at, kept.verified_at);
    assert_eq!(found.disabled_at, kept.disabled_at);
    assert_eq!(found.epoch, kept.epoch);
    assert_eq!(found.token_epoch, kept.token_epoch);
}

/// Every field is returned as it was given, with and without its optional parts.
pub async fn a_user_comes_back_as_kept(store: &dyn Store) {
    let plain = inserted(store, "Plain.Name@Example.com").await;
    let mut full = user("Zoë@münchen.example");
    full.password_hash = None;
    full.name = Some(name("Zoë \"Z\" O'Neill; 'x'"));
    full.verified_at = Some(full.created_at);
    full.disabled_at = Some(later(&full));
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
    let nobody = store
        .find_user(UserId::new(Timestamp::from_millis(0)))
        .await;
    assert!(nobody.expect("answers").is_none());
}

/// Another spelling of the address finds the same user; another address finds none.
pub async fn an_address_is_looked_up_in_its_canonical_form(store: &dyn Store) {
    let kept = inserted(store, "Look.Up@Example.com").await;
    let found = store
        .find_user_by_email(&super::email("LOOK.UP@example.COM"))
        .await;
    assert_eq!(found.expect("answers").map(|user| user.id), Some(kept.id));
    for other in [
        "lookup@example.com",
        "look.up@example.org",
        "look_up@example.com",
    ] {
        let found = store.find_user_by_email(&super::email(other)).await;
        assert!(found.expect("answers").is_none(), "{other}");
    }
}

/// The database decides who gets an address, in whatever case it is written.
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

/// Nothing of a deleted user keeps the address.
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

/// Compare and set: another hash, another user or no hash at all changes nothing.
pub async fn a_hash_is_upgraded_only_from_the_expected_one(store: &dyn Store) {
    let hash = PasswordHash::from_stored;
    let kept = inserted(store, "upgrade@example.com").await;
    let mut without = user("without@example.com");
    without.password_hash = None;
    store.insert_user(&without).await.expect("inserts");
    let nobody = UserId::new(kept.created_at);
    for (whose, expected) in [(kept.id, "other"), (without.id, ""), (nobody, "!")] {
        let exchange = store
            .upgrade_password_hash(whose, &hash(expected), &hash("new"))
            .await;
        assert_eq!(exchange.expect("answers"), HashExchange::SomebodyWasFaster);
    }
    assert_eq!(stored_hash(store, kept.id).await.as_deref(), Some("!"));
    assert_eq!(stored_hash(store, without.id).await, None);
    let exchange = store
        .upgrade_password_hash(kept.id, &hash("!"), &hash("new"))
        .await;
    assert_eq!(exchange.expect("answers"), HashExchange::Replaced);
    assert_eq!(stored_hash(store, kept.id).await.as_deref(), Some("new"));
}

/// Two sign-ins that both want to upgrade: one does, the other is told.
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
            (HashExchange::Replaced, HashExchange::SomebodyWasFaster) => a,
            (HashExchange::SomebodyWasFaster, HashExchange::Replaced) => b,
            both => panic!("{both:?}"),
        };
        assert_eq!(
            stored_hash(store, kept.id).await.as_deref(),
            Some(won.as_stored())
        );
    }
}

/// Sessions go on over an upgrade: the epoch stays.
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

/// Disabling is one step: kept out, and every session of an older epoch is dead.
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
    let nobody = store.disable_user(UserId::new(now), now).await;
    assert_eq!(nobody.expect("answers"), None);
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

/// What is open answers.
pub async fn a_store_that_is_open_is_ready(store: &dyn Store) {
    store.ready().await.expect("is ready");
}
