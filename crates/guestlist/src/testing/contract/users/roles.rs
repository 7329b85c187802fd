//! Roles, approval and the first administrator.

use tokio::sync::{Mutex, MutexGuard};

use super::super::{assert_same, found, inserted, later};
use crate::{Approval, FirstAdmin, Role, RoleChange, Store, UserId, testing::user};

/// There is one answer to "is there an administrator" in a database, and tests may share one.
static ADMINISTRATORS: Mutex<()> = Mutex::const_new(());

/// Removes every administrator of other tests.
async fn without_admins(store: &dyn Store) -> MutexGuard<'static, ()> {
    let alone = ADMINISTRATORS.lock().await;
    let mut after = None;
    loop {
        let page = store.list_users(after, 1_000).await.expect("lists");
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for user in page.iter().filter(|user| user.role == Role::Admin) {
            store.set_role(user.id, Role::Member).await.expect("sets");
        }
    }
    alone
}

/// The epochs stay, so no session ends.
pub async fn a_role_is_set_and_changes_nothing_else(store: &dyn Store) {
    let _alone = ADMINISTRATORS.lock().await;
    let mut kept = inserted(store, "role@example.com").await;
    for role in [Role::Admin, Role::Admin, Role::Member, Role::Member] {
        kept.role = role;
        let set = store.set_role(kept.id, role).await.expect("sets");
        assert_eq!(set, RoleChange::Done);
        assert_same(&found(store, kept.id).await, &kept);
    }
    let missing = UserId::new(kept.created_at);
    let set = store.set_role(missing, Role::Admin).await;
    assert_eq!(set.expect("answers"), RoleChange::UserGone);
}

/// The first approval is the one that stays.
pub async fn a_user_is_approved_once(store: &dyn Store) {
    let mut kept = user("approved@example.com");
    kept.approved_at = None;
    store.insert_user(&kept).await.expect("inserts");
    assert_same(&found(store, kept.id).await, &kept);
    let (first, second) = (later(&kept), kept.created_at);
    kept.approved_at = Some(first);
    for (at, outcome) in [(first, Approval::Now), (second, Approval::Before)] {
        let approved = store.approve_user(kept.id, at).await.expect("approves");
        assert_eq!(approved, outcome);
        assert_same(&found(store, kept.id).await, &kept);
    }
    let missing = UserId::new(kept.created_at);
    let approved = store.approve_user(missing, first).await;
    assert_eq!(approved.expect("answers"), Approval::UserGone);
}

/// A disabled administrator does not count.
pub async fn an_administrator_exists_while_one_is_enabled(store: &dyn Store) {
    let _alone = without_admins(store).await;
    let has_admin = async || store.has_admin().await.expect("answers");
    assert!(!has_admin().await);
    let [first, second] = ["first.admin@example.com", "second.admin@example.com"];
    let (first, second) = (inserted(store, first).await, inserted(store, second).await);
    let now = later(&first);
    let make = async |user| store.make_first_admin(user, now).await.expect("answers");
    assert_eq!(make(first.id).await, FirstAdmin::Done);
    assert_eq!(found(store, first.id).await.role, Role::Admin);
    assert!(has_admin().await);
    assert_eq!(make(second.id).await, FirstAdmin::Exists);
    assert_eq!(make(first.id).await, FirstAdmin::Exists);
    assert_eq!(found(store, second.id).await.role, Role::Member);
    store.disable_user(first.id, now).await.expect("disables");
    assert!(!has_admin().await);
    assert_eq!(make(second.id).await, FirstAdmin::Done);
    store.set_role(second.id, Role::Member).await.expect("sets");
    assert!(!has_admin().await);
    assert_eq!(make(second.id).await, FirstAdmin::Done);
    store.delete_user(second.id).await.expect("deletes");
    assert!(!has_admin().await);
}

/// Nothing is changed. An unapproved user becomes an approved administrator.
pub async fn a_user_who_is_gone_or_disabled_is_no_first_administrator(store: &dyn Store) {
    let _alone = without_admins(store).await;
    let mut disabled = user("disabled.admin@example.com");
    disabled.disabled_at = Some(disabled.created_at);
    let mut waiting = user("waiting.admin@example.com");
    waiting.approved_at = None;
    for user in [&disabled, &waiting] {
        store.insert_user(user).await.expect("inserts");
    }
    let now = later(&waiting);
    for user in [disabled.id, UserId::new(now)] {
        let made = store.make_first_admin(user, now).await;
        assert_eq!(made.expect("answers"), FirstAdmin::UserGone);
    }
    assert_same(&found(store, disabled.id).await, &disabled);
    let made = store.make_first_admin(waiting.id, now).await;
    assert_eq!(made.expect("answers"), FirstAdmin::Done);
    (waiting.role, waiting.approved_at) = (Role::Admin, Some(now));
    assert_same(&found(store, waiting.id).await, &waiting);
    store.delete_user(waiting.id).await.expect("deletes");
}

/// Of several users who ask at the same time, one becomes administrator.
pub async fn of_racing_first_administrators_one_wins(store: &dyn Store) {
    let _alone = without_admins(store).await;
    let mut users = Vec::new();
    for at in 0..4 {
        users.push(inserted(store, &format!("racing.admin{at}@example.com")).await);
    }
    for _ in 0..10 {
        let make = |at: usize| store.make_first_admin(users[at].id, later(&users[at]));
        let made = tokio::join!(make(0), make(1), make(2), make(3));
        let made = [made.0, made.1, made.2, made.3].map(|made| made.expect("answers"));
        let won = made.iter().filter(|made| **made == FirstAdmin::Done);
        assert_eq!(won.count(), 1, "{made:?}");
        for (user, made) in users.iter().zip(made) {
            let is_admin = found(store, user.id).await.role == Role::Admin;
            assert_eq!(is_admin, made == FirstAdmin::Done);
            store.set_role(user.id, Role::Member).await.expect("sets");
        }
    }
}
