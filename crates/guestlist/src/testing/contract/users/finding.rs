//! Finding users by a search and a standing.

use super::super::name;
use crate::{Role, Store, User, UserFilter, UserId, UserSearch, UserStanding, testing};

/// Stores users with these names. The addresses have a word that no other user has; it is returned
/// with them.
async fn with_names(store: &dyn Store, names: &[&str]) -> (String, Vec<User>) {
    let word = testing::user("a@b.co").id.to_string();
    let mut users = Vec::new();
    for (number, text) in names.iter().enumerate() {
        let mut user = testing::user(&format!("Found-{word}-{number}@example.com"));
        user.name = (!text.is_empty()).then(|| name(text));
        store.insert_user(&user).await.expect("inserts");
        users.push(user);
    }
    (word, users)
}

fn searching(text: &str) -> UserFilter {
    UserFilter {
        search: UserSearch::parse(text).expect("is a search"),
        standing: None,
    }
}

/// The ids of all matching users among these, a small page at a time.
async fn found_among(store: &dyn Store, users: &[User], filter: &UserFilter) -> Vec<UserId> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.find_users(filter, after, 7).await.expect("finds");
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        found.extend(page.iter().map(|user| user.id));
    }
    assert!(found.is_sorted());
    found.retain(|id| users.iter().any(|user| user.id == *id));
    found
}

fn ids<'u>(users: impl IntoIterator<Item = &'u User>) -> Vec<UserId> {
    let mut ids: Vec<_> = users.into_iter().map(|user| user.id).collect();
    ids.sort_unstable();
    ids
}

/// Upper and lower case are the same, also of letters beyond ASCII.
pub async fn users_are_found_by_a_part_of_their_address_or_name(store: &dyn Store) {
    let (word, users) = with_names(store, &["Zo\u{eb} \u{417}\u{43e}\u{44f}", "Bob", ""]).await;
    for (typed, expected) in [
        (word.clone(), ids(&users)),
        (format!("found-{}", word.to_uppercase()), ids(&users)),
        (format!("{word}-1@EXAMPLE.com"), ids([&users[1]])),
        ("ZO\u{cb} \u{437}\u{41e}".to_owned(), ids([&users[0]])),
        ("bob".to_owned(), ids([&users[1]])),
        (format!("{word}x"), vec![]),
    ] {
        let found = found_among(store, &users, &searching(&typed)).await;
        assert_eq!(found, expected, "{typed}");
    }
    let first = found_among(store, &users, &searching(&word)).await;
    let page = store.find_users(&searching(&word), None, 1).await;
    let page = page.expect("finds");
    assert_eq!(page[0].id, first[0]);
    let stored = users.iter().find(|user| user.id == first[0]);
    super::super::assert_same(&page[0], stored.expect("is one of them"));
}

/// Every sign that a pattern of some database knows finds only itself.
pub async fn no_character_of_a_search_is_a_wildcard(store: &dyn Store) {
    let signs = [
        "%", "_", "\\", ".", "*", "?", "+", "^", "$", "|", "(", ")", "[", "]", "{", "}", "-", "'",
        "\"", "#", "&", "/", ":", "=", "!", "~",
    ];
    let names: Vec<String> = signs.iter().map(|sign| format!("q{sign}w")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_, users) = with_names(store, &names).await;
    for (user, typed) in users.iter().zip(&names) {
        let found = found_among(store, &users, &searching(typed)).await;
        assert_eq!(found, [user.id], "{typed}");
    }
    for typed in [
        "q%%w",
        "q.*w",
        "q[%_]w",
        "q\\.w",
        "(?i)q",
        "***=q",
        "q\\x2ew",
        "[[:alpha:]]",
    ] {
        let found = found_among(store, &users, &searching(typed)).await;
        assert!(found.is_empty(), "{typed}");
    }
}

/// A search and a standing must both match.
pub async fn users_are_found_by_their_standing(store: &dyn Store) {
    let (word, mut users) = with_names(store, &[""]).await;
    for number in 0..4 {
        let mut user = testing::user(&format!("standing-{word}-{number}@example.com"));
        if number % 2 == 0 {
            user.disabled_at = Some(user.created_at);
        }
        if number < 2 {
            user.verified_at = Some(user.created_at);
            user.role = Role::Admin;
        }
        if number == 3 {
            user.approved_at = None;
        }
        store.insert_user(&user).await.expect("inserts");
        users.push(user);
    }
    for standing in UserStanding::ALL {
        for search in [None, searching("standing-").search] {
            let filter = UserFilter {
                search,
                standing: Some(standing),
            };
            let matching: Vec<_> = users.iter().filter(|user| filter.matches(user)).collect();
            assert!(!matching.is_empty() && matching.len() < users.len());
            let found = found_among(store, &users, &filter).await;
            assert_eq!(found, ids(matching), "{filter:?}");
        }
    }
}

/// A page goes on after an id that no user has any more, and a limit of 0 finds no user.
pub async fn found_users_come_a_page_at_a_time(store: &dyn Store) {
    let (word, users) = with_names(store, &["", "", "", ""]).await;
    let (filter, in_order) = (searching(&word), ids(&users));
    let page = async |after, limit| {
        let page = store.find_users(&filter, after, limit).await;
        ids(&page.expect("finds"))
    };
    assert_eq!(page(None, 2).await, in_order[..2]);
    assert_eq!(page(Some(in_order[1]), 2).await, in_order[2..]);
    assert_eq!(page(Some(in_order[1]), 9).await, in_order[2..]);
    assert!(page(Some(in_order[3]), 9).await.is_empty());
    assert!(page(None, 0).await.is_empty());
    store.delete_user(in_order[1]).await.expect("deletes");
    assert_eq!(page(Some(in_order[1]), 2).await, in_order[2..]);
}
