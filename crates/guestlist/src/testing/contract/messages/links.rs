//! Links: used once, superseded, sent again.

use super::*;

/// The second use gets nothing, and the message says that the link was used.
pub async fn a_link_is_used_once(store: &dyn Store) {
    let user = fresh(store, "used-once").await;
    let kept = kept(store, verification(&user)).await;
    let now = user.created_at.plus(Duration::from_secs(60));
    let purpose = LinkPurpose::VerifyEmail;
    let first = store.consume_link(kept.id, purpose, now).await;
    let mut expected = kept.clone();
    if let Some(link) = &mut expected.link {
        link.ended = Some((LinkEnd::Used, now));
    }
    assert_same(&first.expect("answers").expect("is active"), &expected);
    let second = store.consume_link(kept.id, purpose, now).await;
    assert!(second.expect("answers").is_none());
    assert_same(&stored(store, &kept).await, &expected);
}

/// Two browsers press the button at the same time.
pub async fn of_racing_uses_of_one_link_one_gets_the_message(store: &dyn Store) {
    let user = fresh(store, "racing-use").await;
    for _ in 0..rounds(50) {
        let id = kept(store, verification(&user)).await.id;
        let consume = || store.consume_link(id, LinkPurpose::VerifyEmail, user.created_at);
        let (one, two, three) = tokio::join!(consume(), consume(), consume());
        let got = [one, two, three].map(|used| usize::from(used.expect("answers").is_some()));
        assert_eq!(got.iter().sum::<usize>(), 1);
    }
}

/// A refused use changes nothing.
pub async fn a_link_of_another_purpose_or_an_expired_one_is_not_used(store: &dyn Store) {
    let user = fresh(store, "refused-use").await;
    let kept = kept(store, verification(&user)).await;
    let expiry = user.created_at.plus(HOUR);
    for (purpose, now) in [
        (LinkPurpose::ResetPassword, user.created_at),
        (LinkPurpose::VerifyEmail, expiry),
        (LinkPurpose::VerifyEmail, expiry.plus(HOUR)),
    ] {
        let used = store.consume_link(kept.id, purpose, now).await;
        assert!(used.expect("answers").is_none(), "{purpose} {now}");
    }
    let without_link = message(MessageKind::Approved, &user);
    insert(store, &without_link).await;
    let purpose = LinkPurpose::VerifyEmail;
    let used = store
        .consume_link(without_link.id, purpose, user.created_at)
        .await;
    assert!(used.expect("answers").is_none());
    assert_same(&stored(store, &kept).await, &kept);
    let just_before = Timestamp::from_millis(expiry.as_millis() - 1);
    let used = store.consume_link(kept.id, purpose, just_before).await;
    assert!(used.expect("answers").is_some());
}

/// A code has no id in it: its message is found by the signed-in user.
pub async fn the_newest_active_link_of_a_user_is_found(store: &dyn Store) {
    let user = fresh(store, "newest-link").await;
    let other = fresh(store, "newest-link-other").await;
    let now = user.created_at;
    let find = async |purpose, now| {
        let found = store.find_active_link(user.id, purpose, now).await;
        found.expect("answers").map(|message| message.id)
    };
    let undo = LinkPurpose::UndoEmail;
    kept(store, with_link(MessageKind::EmailChanged, undo, &other)).await;
    assert_eq!(find(undo, now).await, None);
    let older = kept(store, with_link(MessageKind::EmailChanged, undo, &user)).await;
    let newer = kept(store, with_link(MessageKind::EmailChanged, undo, &user)).await;
    assert_eq!(find(undo, now).await, Some(newer.id));
    store.consume_link(newer.id, undo, now).await.expect("uses");
    assert_eq!(find(undo, now).await, Some(older.id));
    assert_eq!(find(LinkPurpose::NotMe, now).await, None);
    assert_eq!(find(undo, now.plus(HOUR)).await, None);
}

/// The address is compared in any spelling, and the user of the message does not matter.
pub async fn an_active_link_is_found_by_its_address(store: &dyn Store) {
    let user = fresh(store, "reserves").await;
    let other = fresh(store, "reserves-other").await;
    let (now, undo) = (user.created_at, LinkPurpose::UndoEmail);
    let find = async |address: &str, purpose, now| {
        let to = email(address);
        let found = store.find_active_link_to(&to, purpose, now).await;
        found.expect("answers").map(|message| message.id)
    };
    let key = user.email.key();
    let spelled = key.to_uppercase();
    assert_eq!(find(key, undo, now).await, None);
    kept(store, with_link(MessageKind::EmailChanged, undo, &other)).await;
    assert_eq!(find(key, undo, now).await, None);
    let older = kept(store, with_link(MessageKind::EmailChanged, undo, &user)).await;
    let newer = kept(store, with_link(MessageKind::EmailChanged, undo, &user)).await;
    assert_eq!(find(key, undo, now).await, Some(newer.id));
    assert_eq!(find(&spelled, undo, now).await, Some(newer.id));
    assert_eq!(find(key, LinkPurpose::ChangeEmail, now).await, None);
    store.consume_link(newer.id, undo, now).await.expect("uses");
    assert_eq!(find(key, undo, now).await, Some(older.id));
    assert_eq!(find(key, undo, now.plus(HOUR)).await, None);
}

/// The older link does nothing any more, and its mail is not sent. A mail that was sent stays so.
pub async fn a_newer_message_supersedes_the_older_one(store: &dyn Store) {
    let user = fresh(store, "superseded").await;
    let other = fresh(store, "superseded-other").await;
    let others = kept(store, verification(&other)).await;
    let change = with_link(MessageKind::ChangeEmail, LinkPurpose::ChangeEmail, &user);
    let change = kept(store, change).await;
    let older = kept(store, verification(&user)).await;
    let newer = kept(store, verification(&user)).await;
    let ended = stored(store, &older).await;
    assert_eq!(end(&ended), Some(LinkEnd::Superseded));
    assert_eq!(ended.delivery.state, DeliveryState::Dropped);
    assert_eq!(ended.delivery.error.as_deref(), Some("superseded"));
    for untouched in [&newer, &others, &change] {
        assert_same(&stored(store, untouched).await, untouched);
    }
    let purpose = LinkPurpose::VerifyEmail;
    let used = store.consume_link(older.id, purpose, user.created_at).await;
    assert!(used.expect("answers").is_none());
    let used = store.consume_link(newer.id, purpose, user.created_at).await;
    assert!(used.expect("answers").is_some());
    let newest = kept(store, verification(&user)).await;
    assert_eq!(end(&stored(store, &newer).await), Some(LinkEnd::Used));
    assert_same(&stored(store, &newest).await, &newest);
}

/// Whatever the order, one of the mails has a link that works.
pub async fn of_racing_messages_of_one_kind_one_link_is_active(store: &dyn Store) {
    let user = fresh(store, "racing-messages").await;
    for _ in 0..rounds(30) {
        let messages = [(); 3].map(|()| verification(&user));
        let [one, two, three] = &messages;
        let insertions = tokio::join!(
            store.insert_message(one),
            store.insert_message(two),
            store.insert_message(three)
        );
        for insertion in [insertions.0, insertions.1, insertions.2] {
            assert_eq!(insertion.expect("inserts"), MessageInsertion::Done);
        }
        let mut active = 0;
        for message in &messages {
            let stored = stored(store, message).await;
            let is_active = stored.has_active_link(user.created_at);
            let waits = stored.delivery.state == DeliveryState::Queued;
            assert_eq!(is_active, waits);
            active += u32::from(is_active);
        }
        assert_eq!(active, 1);
    }
}

/// A stranger who asks again sends the owner the same link, and ends none.
pub async fn a_reset_link_that_is_active_is_sent_again_and_not_replaced(store: &dyn Store) {
    let user = fresh(store, "reset-again").await;
    let first = kept(store, reset(&user)).await;
    let resent = MessageInsertion::Resent(first.id);
    // The mail waits already: nothing changes.
    assert_eq!(insert(store, &reset(&user)).await, resent);
    assert_same(&stored(store, &first).await, &first);

    let minute = user.created_at.plus(Duration::from_secs(60));
    claim(store, &first, minute).await;
    store.mark_sent(first.id, 1, minute).await.expect("marks");
    let later = User {
        created_at: minute.plus(Duration::from_secs(60)),
        ..user.clone()
    };
    let second = reset(&later);
    assert_eq!(insert(store, &second).await, resent);
    assert!(
        store
            .find_message(second.id)
            .await
            .expect("answers")
            .is_none()
    );
    let again = stored(store, &first).await;
    assert_eq!(again.delivery.state, DeliveryState::Queued);
    assert_eq!(again.delivery.next_at, later.created_at);
    assert_eq!(again.delivery.queued_at, later.created_at);
    assert_eq!(
        (&again.link, again.created_at),
        (&first.link, first.created_at)
    );

    // In another epoch, or to another address, the link would be wrong: it is replaced.
    let mut other_epoch = reset(&later);
    if let Some(link) = &mut other_epoch.link {
        link.bound_to = Some("1".to_owned());
    }
    let other_epoch = kept(store, other_epoch).await;
    assert_eq!(end(&stored(store, &first).await), Some(LinkEnd::Superseded));
    let mut other_address = reset(&later);
    other_address.link.clone_from(&other_epoch.link);
    other_address.to = stranger("another-address@example.com");
    let other_address = kept(store, other_address).await;
    assert_eq!(
        end(&stored(store, &other_epoch).await),
        Some(LinkEnd::Superseded)
    );

    // After it is used or expired, the next one has its own link.
    let used = store
        .consume_link(other_address.id, LinkPurpose::ResetPassword, minute)
        .await;
    assert!(used.expect("answers").is_some());
    let third = kept(store, reset(&later)).await;
    let much_later = User {
        created_at: later.created_at.plus(HOUR),
        ..user.clone()
    };
    kept(store, reset(&much_later)).await;
    assert_eq!(end(&stored(store, &third).await), Some(LinkEnd::Superseded));
}

/// Of requests that race, one stores its message and the others send it.
pub async fn racing_resets_make_one_link(store: &dyn Store) {
    for round in 0..rounds(20) {
        let user = fresh(store, &format!("racing-reset-{round}")).await;
        let messages = [(); 3].map(|()| reset(&user));
        let [one, two, three] = &messages;
        let insertions = tokio::join!(
            store.insert_message(one),
            store.insert_message(two),
            store.insert_message(three)
        );
        let insertions = [insertions.0, insertions.1, insertions.2].map(|it| it.expect("inserts"));
        let theirs = MessageFilter {
            user: Some(user.id),
            ..MessageFilter::default()
        };
        let listed = listed(store, theirs, 10).await;
        let [only] = &listed[..] else {
            panic!("{listed:?}")
        };
        assert!(only.has_active_link(user.created_at));
        let done = insertions
            .iter()
            .filter(|it| **it == MessageInsertion::Done);
        assert_eq!(done.count(), 1);
        let resent = MessageInsertion::Resent(only.id);
        assert_eq!(insertions.iter().filter(|it| **it == resent).count(), 2);
    }
}

/// So a request for an unknown address does the same as one for a known address.
pub async fn a_reset_for_an_unknown_address_is_sent_again_too(store: &dyn Store) {
    let other = fresh(store, "unknown-reset").await;
    let unknown = |address: &str| Message {
        user_id: None,
        to: stranger(address),
        ..reset(&other)
    };
    let word = other.id;
    let (one, two) = (
        format!("a-{word}@example.com"),
        format!("b-{word}@example.com"),
    );
    let first = kept(store, unknown(&one)).await;
    let again = insert(store, &unknown(&one)).await;
    assert_eq!(again, MessageInsertion::Resent(first.id));
    let second = kept(store, unknown(&two)).await;
    for kept in [&first, &second] {
        assert_same(&stored(store, kept).await, kept);
    }
}

/// Each change of address has its own undo.
pub async fn an_undo_and_a_notice_are_never_superseded(store: &dyn Store) {
    let user = fresh(store, "undo").await;
    let undo = || with_link(MessageKind::EmailChanged, LinkPurpose::UndoEmail, &user);
    let notice = || with_link(MessageKind::NewDevice, LinkPurpose::NotMe, &user);
    let all = [undo(), undo(), notice(), notice()];
    for message in &all {
        kept(store, message.clone()).await;
    }
    for message in &all {
        assert_same(&stored(store, message).await, message);
    }
}

/// Links of another purpose or user stay.
pub async fn links_that_became_wrong_end_together(store: &dyn Store) {
    let user = fresh(store, "revoked").await;
    let other = fresh(store, "revoked-other").await;
    let undo = |user: &User| with_link(MessageKind::EmailChanged, LinkPurpose::UndoEmail, user);
    let going = [
        kept(store, undo(&user)).await,
        kept(store, undo(&user)).await,
    ];
    let staying = [
        kept(store, undo(&other)).await,
        kept(store, reset(&user)).await,
    ];
    let now = user.created_at;
    for ended in [2, 0] {
        let ending = store.end_links(user.id, LinkPurpose::UndoEmail, now).await;
        assert_eq!(ending.expect("ends"), ended);
    }
    for message in &going {
        let stored = stored(store, message).await;
        assert_eq!(end(&stored), Some(LinkEnd::Revoked));
        assert_eq!(stored.delivery.state, DeliveryState::Dropped);
    }
    for message in &staying {
        assert_same(&stored(store, message).await, message);
    }
}
