//! Changing the name.

use super::super::{found, inserted};
use crate::{Epoch, NameChange, Store, UserId, UserName};

/// The name is stored byte by byte, and nothing else changes.
pub async fn a_name_is_changed_and_removed(store: &dyn Store) {
    let mut kept = inserted(store, "named@example.com").await;
    for text in [
        Some("Zoe\u{301} O'Neill"),
        Some("$name \"x\" \u{1f980}"),
        None,
    ] {
        let name = text.map(|text| UserName::parse(text).expect("is a name"));
        let changed = store.set_name(kept.id, kept.epoch, name.as_ref()).await;
        assert_eq!(changed.expect("changes"), NameChange::Changed);
        kept.name = name;
        super::super::assert_same(&found(store, kept.id).await, &kept);
    }
}

/// A change needs the expected epoch and an existing user.
pub async fn a_name_is_set_only_in_the_expected_epoch(store: &dyn Store) {
    let kept = inserted(store, "nameless@example.com").await;
    let name = UserName::parse("Ada").expect("is a name");
    for (whose, epoch) in [
        (kept.id, kept.epoch.next()),
        (kept.id, Epoch(kept.epoch.0 - 1)),
        (UserId::new(kept.created_at), kept.epoch),
    ] {
        let stale = store.set_name(whose, epoch, Some(&name)).await;
        assert_eq!(stale.expect("answers"), NameChange::Stale);
    }
    super::super::assert_same(&found(store, kept.id).await, &kept);
}
