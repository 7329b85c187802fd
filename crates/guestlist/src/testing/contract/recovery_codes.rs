//! Recovery codes.

use futures_util::future::join_all;

use super::{inserted, later, rounds};
use crate::{
    Ended, RecoveryCodeHash, RecoveryCodeUse, RecoveryCodes, RecoveryCodesInsertion, Store, User,
    UserId,
};

fn hash(byte: u8) -> RecoveryCodeHash {
    RecoveryCodeHash::from_stored([byte; 32])
}

pub(super) fn codes(user: &User, bytes: &[u8]) -> RecoveryCodes {
    RecoveryCodes {
        user_id: user.id,
        hashes: bytes.iter().copied().map(hash).collect(),
        created_at: later(user),
    }
}

async fn kept(store: &dyn Store, user: &User, bytes: &[u8]) -> RecoveryCodes {
    let codes = codes(user, bytes);
    let insertion = store.put_recovery_codes(&codes).await.expect("stores");
    assert_eq!(insertion, RecoveryCodesInsertion::Done);
    codes
}

async fn stored(store: &dyn Store, user: UserId) -> Option<RecoveryCodes> {
    store.find_recovery_codes(user).await.expect("answers")
}

/// New codes replace all earlier ones.
pub async fn recovery_codes_come_back_as_kept(store: &dyn Store) {
    let ada = inserted(store, "codes@example.com").await;
    assert_eq!(stored(store, ada.id).await, None);
    let ten: Vec<u8> = (0..10).collect();
    for bytes in [&ten[..], &[200, 0, 255], &[]] {
        let codes = kept(store, &ada, bytes).await;
        assert_eq!(stored(store, ada.id).await, Some(codes));
    }
}

/// Codes of a user who does not exist are not stored.
pub async fn recovery_codes_need_their_user(store: &dyn Store) {
    let gone = inserted(store, "codes-gone@example.com").await;
    store.delete_user(gone.id).await.expect("deletes");
    let insertion = store.put_recovery_codes(&codes(&gone, &[1])).await;
    assert_eq!(
        insertion.expect("answers"),
        RecoveryCodesInsertion::UserGone
    );
    assert_eq!(stored(store, gone.id).await, None);
}

/// A used code is gone, and the others stay. Another user's code is unknown.
pub async fn a_recovery_code_is_used_once_and_by_its_user(store: &dyn Store) {
    let ada = inserted(store, "codes-used@example.com").await;
    let bea = inserted(store, "codes-unused@example.com").await;
    kept(store, &ada, &[1, 2, 3]).await;
    let others = kept(store, &bea, &[7, 8]).await;
    let unused = inserted(store, "codes-none@example.com").await;
    for (user, byte, expected) in [
        (&ada, 2, RecoveryCodeUse::Used { left: 2 }),
        (&ada, 2, RecoveryCodeUse::Unknown),
        (&ada, 7, RecoveryCodeUse::Unknown),
        (&ada, 3, RecoveryCodeUse::Used { left: 1 }),
        (&ada, 1, RecoveryCodeUse::Used { left: 0 }),
        (&ada, 1, RecoveryCodeUse::Unknown),
        (&unused, 1, RecoveryCodeUse::Unknown),
    ] {
        let used = store.use_recovery_code(user.id, &hash(byte)).await;
        assert_eq!(used.expect("answers"), expected, "{byte}");
    }
    assert_eq!(stored(store, ada.id).await, Some(codes(&ada, &[])));
    assert_eq!(stored(store, bea.id).await, Some(others));
}

/// Thirty-two requests with one code: one of them counts.
pub async fn of_racing_uses_of_a_recovery_code_one_wins(store: &dyn Store) {
    let ada = inserted(store, "codes-raced@example.com").await;
    for round in 0..rounds(10) {
        kept(store, &ada, &[1, 2, 3]).await;
        let code = hash(2);
        let uses = (0..32).map(|_| store.use_recovery_code(ada.id, &code));
        let outcomes = join_all(uses).await;
        let used = outcomes
            .into_iter()
            .map(|outcome| outcome.expect("answers"));
        let used = used.filter(|it| *it == RecoveryCodeUse::Used { left: 2 });
        assert_eq!(used.count(), 1, "round {round}");
    }
}

/// Two different codes used at once are both gone.
pub async fn racing_uses_of_different_recovery_codes_are_all_counted(store: &dyn Store) {
    let ada = inserted(store, "codes-beside@example.com").await;
    let all: Vec<u8> = (0..10).collect();
    kept(store, &ada, &all).await;
    let hashes: Vec<_> = all.iter().copied().map(hash).collect();
    let uses = hashes
        .iter()
        .map(|code| store.use_recovery_code(ada.id, code));
    for used in join_all(uses).await {
        assert_ne!(used.expect("answers"), RecoveryCodeUse::Unknown);
    }
    assert_eq!(stored(store, ada.id).await, Some(codes(&ada, &[])));
}

/// Removing the codes of one user leaves those of others.
pub async fn removed_recovery_codes_are_gone(store: &dyn Store) {
    let ada = inserted(store, "codes-removed@example.com").await;
    let bea = inserted(store, "codes-stay@example.com").await;
    kept(store, &ada, &[1]).await;
    let stays = kept(store, &bea, &[1]).await;
    for expected in [Ended::Now, Ended::Before] {
        let removed = store.remove_recovery_codes(ada.id).await;
        assert_eq!(removed.expect("removes"), expected);
    }
    assert_eq!(stored(store, ada.id).await, None);
    assert_eq!(stored(store, bea.id).await, Some(stays));
}

/// Nothing of the user is left.
pub async fn a_deleted_user_takes_recovery_codes_along(store: &dyn Store) {
    let ada = inserted(store, "codes-deleted@example.com").await;
    kept(store, &ada, &[1]).await;
    store.delete_user(ada.id).await.expect("deletes");
    assert_eq!(stored(store, ada.id).await, None);
}
