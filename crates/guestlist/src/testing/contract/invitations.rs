//! Invitations.

use std::time::Duration;

use super::{inserted, later, rounds};
use crate::{
    Checksum, Ended, Invitation, InvitationId, Record, Redemption, Salt, Store, Timestamp,
    TokenName, UserId,
    testing::{email, user},
};

fn invitation(created_by: Option<UserId>, uses: u32) -> Invitation {
    let now = user("any@example.com").created_at;
    Invitation {
        id: InvitationId::new(now),
        created_by,
        note: None,
        email: None,
        uses_left: uses,
        salt: Salt::new(),
        created_at: now,
        expires_at: now.plus(Duration::from_secs(3_600)),
        revoked_at: None,
    }
}

async fn stored(store: &dyn Store, invitation: &Invitation) -> Option<Invitation> {
    let found = store.find_invitation(invitation.id).await;
    found.expect("answers")
}

fn assert_same(found: &Invitation, kept: &Invitation) {
    let sum = |invitation: &Invitation| {
        let mut checksum = Checksum::new();
        Record::Invitation(invitation.clone()).add_to(&mut checksum);
        checksum.finish()
    };
    assert_eq!(sum(found), sum(kept), "{found:?} is not {kept:?}");
}

/// Every field is returned as it was given, with and without its optional parts.
pub async fn an_invitation_comes_back_as_kept(store: &dyn Store) {
    let admin = inserted(store, "invites@example.com").await;
    let plain = invitation(None, 1);
    let mut full = invitation(Some(admin.id), u32::MAX);
    full.note = Some(TokenName::parse("for Zoë's \"friends\"").expect("is a name"));
    full.email = Some(email("Zoë@Example.com"));
    full.revoked_at = Some(full.created_at);
    for kept in [&plain, &full] {
        store.insert_invitation(kept).await.expect("inserts");
        let found = stored(store, kept).await.expect("is there");
        assert_same(&found, kept);
    }
    assert!(stored(store, &invitation(None, 1)).await.is_none());
}

/// Of twenty callers, one gets the one use.
pub async fn of_racing_redemptions_of_one_use_one_wins(store: &dyn Store) {
    for round in 0..rounds(2) {
        let uses = [1, 3][usize::from(round % 2 == 1)];
        let kept = invitation(None, uses);
        store.insert_invitation(&kept).await.expect("inserts");
        let redeem = || store.redeem_invitation(kept.id, kept.created_at);
        let redeemed = futures_util::future::join_all((0..20).map(|_| redeem())).await;
        let redeemed = redeemed.into_iter().map(|it| it.expect("answers"));
        let won = redeemed.filter(|it| *it == Redemption::Done).count();
        assert_eq!(won, usize::try_from(uses).expect("fits"), "round {round}");
        let found = stored(store, &kept).await.expect("is there");
        assert_eq!(found.uses_left, 0);
    }
}

/// Expired, revoked and used invitations stay as they are.
pub async fn an_invitation_that_is_over_is_not_redeemed(store: &dyn Store) {
    let expired = invitation(None, 2);
    let mut revoked = invitation(None, 2);
    revoked.revoked_at = Some(revoked.created_at);
    let used = invitation(None, 0);
    let just = |it: &Invitation| Timestamp::from_millis(it.expires_at.as_millis() - 1);
    for (kept, at) in [
        (&expired, expired.expires_at),
        (&revoked, revoked.created_at),
        (&used, used.created_at),
    ] {
        store.insert_invitation(kept).await.expect("inserts");
        let redeemed = store.redeem_invitation(kept.id, at).await;
        assert_eq!(redeemed.expect("answers"), Redemption::Over);
        assert_same(&stored(store, kept).await.expect("is there"), kept);
    }
    let redeemed = store.redeem_invitation(expired.id, just(&expired)).await;
    assert_eq!(redeemed.expect("answers"), Redemption::Done);
    let missing = store.redeem_invitation(invitation(None, 1).id, used.created_at);
    assert_eq!(missing.await.expect("answers"), Redemption::Over);
}

/// A use that was given back can be used by another caller.
pub async fn a_use_is_given_back(store: &dyn Store) {
    let kept = invitation(None, 1);
    store.insert_invitation(&kept).await.expect("inserts");
    for _ in 0..2 {
        let redeemed = store.redeem_invitation(kept.id, kept.created_at).await;
        assert_eq!(redeemed.expect("answers"), Redemption::Done);
        let given_back = store.give_back_invitation(kept.id).await;
        given_back.expect("gives back");
        assert_same(&stored(store, &kept).await.expect("is there"), &kept);
    }
    let missing = store.give_back_invitation(invitation(None, 1).id).await;
    missing.expect("changes nothing");
}

/// The first revocation is the one that stays.
pub async fn an_invitation_is_revoked_once(store: &dyn Store) {
    let mut kept = invitation(None, 1);
    store.insert_invitation(&kept).await.expect("inserts");
    let now = kept.created_at;
    for (at, outcome) in [(now, Ended::Now), (kept.expires_at, Ended::Before)] {
        let revoked = store.revoke_invitation(kept.id, at).await;
        assert_eq!(revoked.expect("revokes"), outcome);
    }
    kept.revoked_at = Some(now);
    assert_same(&stored(store, &kept).await.expect("is there"), &kept);
    let missing = store.revoke_invitation(invitation(None, 1).id, now).await;
    assert_eq!(missing.expect("answers"), Ended::Before);
}

/// An administrator who is deleted leaves no way in.
pub async fn a_deleted_user_takes_all_invitations_along(store: &dyn Store) {
    let admin = inserted(store, "invites.gone@example.com").await;
    let (theirs, other) = (invitation(Some(admin.id), 1), invitation(None, 1));
    for kept in [&theirs, &other] {
        store.insert_invitation(kept).await.expect("inserts");
    }
    store.delete_user(admin.id).await.expect("deletes");
    assert!(stored(store, &theirs).await.is_none());
    assert!(stored(store, &other).await.is_some());
    let redeemed = store.redeem_invitation(theirs.id, later(&admin)).await;
    assert_eq!(redeemed.expect("answers"), Redemption::Over);
}

/// Lists of all users and of one user are newest first, and a page goes on where the last one ended.
pub async fn invitations_are_listed_newest_first(store: &dyn Store) {
    let [admin, other] = [
        inserted(store, "lists@example.com").await,
        inserted(store, "lists-too@example.com").await,
    ];
    let mut kept = Vec::new();
    for created_by in [Some(admin.id), None, Some(other.id), Some(admin.id)] {
        let invitation = invitation(created_by, 1);
        let inserted = store.insert_invitation(&invitation).await;
        inserted.expect("inserts");
        kept.push(invitation);
    }
    kept.sort_by_key(|it| std::cmp::Reverse(it.id));
    for created_by in [None, Some(admin.id)] {
        let is_listed = |it: &&Invitation| created_by.is_none() || it.created_by == created_by;
        let expected: Vec<_> = kept.iter().filter(is_listed).map(|it| it.id).collect();
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_invitations(created_by, after, 1).await;
            let page = page.expect("lists");
            assert!(page.len() <= 1);
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            listed.push(last.id);
        }
        assert!(listed.is_sorted_by(|a, b| a > b));
        // Other tests may have left further invitations.
        listed.retain(|id| kept.iter().any(|it| it.id == *id));
        assert_eq!(listed, expected);
    }
    let none = store.list_invitations(None, None, 0).await;
    assert!(none.expect("lists").is_empty());
}

/// What expired before the moment goes, used or revoked or not, and the rest stays.
pub async fn old_invitations_are_purged_in_batches(store: &dyn Store) {
    let mut old = Vec::new();
    for uses in [0, 1, 2] {
        let mut invitation = invitation(None, uses);
        invitation.revoked_at = (uses == 2).then_some(invitation.created_at);
        let inserted = store.insert_invitation(&invitation).await;
        inserted.expect("inserts");
        old.push(invitation);
    }
    let mut stays = invitation(None, 1);
    let last = old.iter().map(|it| it.expires_at).max();
    let before = last.expect("is there").plus(Duration::from_millis(1));
    stays.expires_at = before;
    store.insert_invitation(&stays).await.expect("inserts");
    let mut rounds = 0;
    loop {
        let purged = store.purge_invitations(before, 2).await.expect("purges");
        assert!(purged <= 2);
        rounds += 1;
        if purged < 2 {
            break;
        }
    }
    assert!(rounds >= 2);
    for invitation in &old {
        assert!(stored(store, invitation).await.is_none());
    }
    assert_same(&stored(store, &stays).await.expect("is there"), &stays);
    let none = store.purge_invitations(before, 0).await.expect("purges");
    assert_eq!(none, 0);
}
