//! Listing all users, a page at a time.

use std::time::Duration;

use super::super::inserted;
use crate::{Store, User, UserId, testing};

/// Users whose ids follow one another and come after all others, so that no other id is between
/// them.
async fn last_of_all(store: &dyn Store, count: u32) -> Vec<User> {
    let mut users = Vec::new();
    for number in 0..count {
        let mut user = testing::user(&format!(
            "Listed-{}@example.com",
            testing::user("a@b.co").id
        ));
        let a_century_on = user
            .created_at
            .plus(Duration::from_secs(100 * 365 * 86_400));
        user.id = UserId::new(a_century_on.plus(Duration::from_millis(number.into())));
        store.insert_user(&user).await.expect("inserts");
        users.push(user);
    }
    users
}

fn ids(users: &[User]) -> Vec<UserId> {
    users.iter().map(|user| user.id).collect()
}

/// Each user is listed once for every length of a page, with the same fields as in a look-up.
pub async fn pages_of_users_hold_each_of_them_once_in_the_order_of_their_ids(store: &dyn Store) {
    let first = inserted(store, "first.listed@example.com").await;
    let listed = last_of_all(store, 5).await;
    let rest = store.list_users(Some(listed[0].id), 100).await;
    let rest = rest.expect("lists");
    assert_eq!(ids(&rest), ids(&listed[1..]));
    super::super::assert_same(&rest[0], &listed[1]);
    for size in 1..4 {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = store.list_users(after, size).await.expect("lists");
            assert!(page.len() <= usize::try_from(size).expect("fits"));
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            all.extend(ids(&page));
        }
        assert!(all.is_sorted());
        assert!(all.contains(&first.id));
        assert!(all.ends_with(&ids(&listed)));
    }
}

/// A page begins after an id, whether a user has it or not.
pub async fn a_page_of_users_goes_on_though_the_last_of_them_is_gone(store: &dyn Store) {
    let listed = last_of_all(store, 3).await;
    store.delete_user(listed[1].id).await.expect("deletes");
    let page = store.list_users(Some(listed[1].id), 100).await;
    assert_eq!(ids(&page.expect("lists")), ids(&listed[2..]));
    let page = store.list_users(Some(listed[2].id), 100).await;
    assert!(page.expect("lists").is_empty());
}
