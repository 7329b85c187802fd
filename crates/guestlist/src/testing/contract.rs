//! The contract of stores: each promise is a function, and
//! [`store_contract!`](crate::store_contract) makes a test of each.
//!
//! Each promise uses its own e-mail addresses, so that it also holds on a store that is not empty.

mod counters;
mod factors;
mod invitations;
mod keys;
mod maintenance;
mod messages;
mod recovery_codes;
mod security_events;
mod sessions;
mod tokens;
mod users;

mod archive;

pub use counters::*;
pub use factors::*;
pub use invitations::*;
pub use keys::*;
pub use maintenance::*;
pub use messages::*;
pub use recovery_codes::*;
pub use security_events::*;
pub use sessions::*;
pub use tokens::*;
pub use users::*;

pub use archive::*;

use std::{env, time::Duration};

use super::user;
use crate::{
    Client, Session, SessionId, SessionInsertion, Store, Timestamp, TokenHash, User, UserId,
    UserInsertion, UserName,
};

/// Makes a test of each promise of a store. Takes an async closure that opens a store:
/// `guestlist::store_contract!(async || MyStore::open(path()).await.expect("opens"));`
///
/// With `may_skip:` before it, the closure returns an `Option`, and a test of `None` does nothing:
/// for a database server that may be missing ([`service`](crate::testing::service)).
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
            another_address_is_set_and_verified_at_once
            a_name_is_changed_and_removed
            a_name_is_set_only_in_the_expected_epoch
            an_address_is_set_only_if_it_is_free_and_in_the_expected_epoch
            of_two_racing_users_one_gets_the_address
            of_a_racing_sign_up_and_change_of_address_one_gets_it
            an_address_is_verified_only_while_the_user_has_it
            an_earlier_address_is_restored_without_the_password
            of_a_racing_password_and_disabling_both_are_counted_or_one_is_told
            disabling_raises_the_epoch_each_time
            an_enabled_user_keeps_the_epoch
            racing_disablings_are_all_counted
            a_role_is_set_and_changes_nothing_else
            a_user_is_approved_once
            an_administrator_exists_while_one_is_enabled
            a_user_who_is_gone_or_disabled_is_no_first_administrator
            of_racing_first_administrators_one_wins
            pages_of_users_hold_each_of_them_once_in_the_order_of_their_ids
            a_page_of_users_goes_on_though_the_last_of_them_is_gone
            users_are_found_by_a_part_of_their_address_or_name
            no_character_of_a_search_is_a_wildcard
            users_are_found_by_their_standing
            found_users_come_a_page_at_a_time
            an_imported_user_comes_back_as_the_row_says
            an_import_twice_changes_nothing
            an_address_that_is_taken_is_skipped_or_updated_or_stops_the_import
            an_update_takes_over_what_the_row_says_and_nothing_else
            an_updated_hash_raises_the_epoch_once
            an_update_that_disables_a_user_raises_the_epochs
            a_second_row_of_one_address_meets_the_first
            an_id_of_another_user_changes_nothing
            an_import_without_rows_has_no_outcomes
            a_large_import_answers_for_each_row
            of_a_racing_import_and_sign_up_one_wins
            of_racing_imports_of_one_address_one_inserts
            a_session_comes_back_with_its_user
            a_session_needs_its_user
            an_ended_session_is_gone_and_ending_it_again_is_no_error
            a_deleted_user_takes_all_sessions_along
            of_a_racing_sign_in_and_deletion_nothing_is_left_behind
            expired_sessions_are_purged_in_batches
            sessions_of_a_user_are_listed_a_page_at_a_time
            a_session_was_seen_when_it_was_last_seen
            sessions_end_together_only_in_the_expected_epoch
            personal_tokens_end_with_sessions_if_both_are_requested
            everything_of_all_users_ends_a_page_at_a_time
            of_racing_ends_in_one_epoch_one_wins
            a_rotation_replaces_the_tokens_of_the_session_and_nothing_else
            a_rotation_of_another_generation_returns_the_stored_session
            of_racing_rotations_one_wins_and_the_others_see_its_result
            of_a_racing_rotation_and_end_nothing_is_left_behind
            a_retry_is_counted_in_its_generation_and_no_other
            racing_retries_are_all_counted
            a_reauthentication_is_kept_only_in_the_expected_epoch
            a_reauthentication_exchanges_the_token_only_from_the_expected_one
            of_racing_exchanges_one_wins
            a_token_comes_back_with_its_owner
            a_token_needs_its_user
            a_token_is_hashed_anew_only_from_the_expected_hash
            of_racing_hashes_of_a_token_one_wins
            a_retired_token_is_gone_and_only_its_owner_can_retire_it
            tokens_of_a_user_or_of_all_services_are_listed_a_page_at_a_time
            a_token_was_used_when_it_was_last_used
            a_deleted_user_takes_all_tokens_along
            expired_tokens_are_purged_and_those_without_an_end_stay
            another_password_and_disabling_raise_the_epoch_of_tokens_too
            beyond_its_quota_a_session_ends_the_one_that_was_unused_for_longest
            a_new_session_stays_whatever_the_others_are
            inactive_sessions_end_before_active_ones
            a_user_with_far_too_many_sessions_loses_some_at_each_sign_in
            after_racing_sign_ins_the_next_one_brings_the_quota_back
            a_token_beyond_the_quota_is_refused
            expired_and_ended_tokens_do_not_count_towards_the_quota
            racing_tokens_never_exceed_the_quota
            a_factor_comes_back_as_kept
            a_factor_needs_its_user
            an_unconfirmed_factor_is_replaced_and_a_confirmed_one_stays
            of_racing_confirmations_one_wins
            a_step_is_used_once_and_only_after_the_last_one
            of_racing_uses_of_a_step_one_wins
            a_removed_factor_is_gone_and_no_other
            a_deleted_user_takes_the_factor_along
            recovery_codes_come_back_as_kept
            recovery_codes_need_their_user
            a_recovery_code_is_used_once_and_by_its_user
            of_racing_uses_of_a_recovery_code_one_wins
            racing_uses_of_different_recovery_codes_are_all_counted
            removed_recovery_codes_are_gone
            a_deleted_user_takes_recovery_codes_along
            an_invitation_comes_back_as_kept
            of_racing_redemptions_of_one_use_one_wins
            an_invitation_that_is_over_is_not_redeemed
            a_use_is_given_back
            an_invitation_is_revoked_once
            invitations_are_listed_newest_first
            old_invitations_are_purged_in_batches
            a_deleted_user_takes_all_invitations_along
            keys_come_back_as_kept
            the_dates_of_a_key_only_become_earlier
            keys_that_verify_nothing_are_purged
            of_two_racing_keys_of_one_name_one_wins
            a_counter_allows_its_burst_and_then_one_try_per_interval
            a_refused_try_is_counted_nowhere
            of_two_hundred_racing_tries_the_burst_is_allowed
            a_try_that_is_given_back_is_allowed_once_more
            racing_returns_are_all_counted
            a_clock_that_goes_back_locks_no_counter
            counters_that_count_nothing_are_purged
            cleared_counters_have_counted_nothing
            a_message_comes_back_as_kept
            a_message_needs_its_user
            a_deleted_user_takes_all_messages_along
            a_link_is_used_once
            of_racing_uses_of_one_link_one_gets_the_message
            a_link_of_another_purpose_or_an_expired_one_is_not_used
            the_newest_active_link_of_a_user_is_found
            an_active_link_is_found_by_its_address
            a_newer_message_supersedes_the_older_one
            of_racing_messages_of_one_kind_one_link_is_active
            a_reset_link_that_is_active_is_sent_again_and_not_replaced
            racing_resets_make_one_link
            a_reset_for_an_unknown_address_is_sent_again_too
            an_undo_and_a_notice_are_never_superseded
            links_that_became_wrong_end_together
            a_code_has_five_tries
            of_six_racing_tries_of_a_code_five_are_counted
            a_code_ends_with_its_link
            due_messages_are_claimed_in_their_order_while_no_lease_runs
            of_two_nodes_one_claims_a_message
            a_message_is_claimed_again_when_the_lease_runs_out
            an_outcome_counts_only_for_its_attempt
            a_failed_message_waits_and_is_given_up
            a_retry_queues_what_failed_and_nothing_else
            after_a_restore_links_have_ended_and_mails_wait_for_their_release
            messages_are_listed_newest_first_a_page_at_a_time
            messages_are_listed_by_their_state
            old_messages_are_purged_in_batches_and_active_links_stay
            a_security_event_comes_back_as_kept
            security_events_of_every_kind_are_read
            beyond_the_bound_security_events_are_counted_in_the_newest
            racing_security_events_are_all_counted
            a_security_event_needs_its_user
            security_events_of_a_user_are_listed_newest_first
            security_events_of_all_users_are_listed_oldest_first
            old_security_events_are_purged_in_batches
            a_deleted_user_takes_all_security_events_along
            of_a_racing_security_event_and_deletion_nothing_is_left_behind
            a_census_counts_stored_and_expired_records
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

/// How often a race is repeated: this number of times, or as often as `RACES` says.
fn rounds(usual: u32) -> u32 {
    let asked = env::var("RACES").ok();
    asked.map_or(usual, |text| text.parse().expect("RACES is a number"))
}

/// A quota that no promise reaches, except those about quotas.
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
    assert_eq!(found.role, kept.role);
    assert_eq!(found.approved_at, kept.approved_at);
    assert_eq!(found.epoch, kept.epoch);
    assert_eq!(found.token_epoch, kept.token_epoch);
}
