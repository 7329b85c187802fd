//! The queue: leases, outcomes, attempts.

use super::*;
use crate::Marked;

const LEASE: Duration = Duration::from_secs(60);

/// A message that is due long before those of other tests.
fn due(user: &User, at: Timestamp) -> Message {
    let mut message = message(MessageKind::NewDevice, user);
    message.delivery.next_at = at;
    message
}

/// Takes due messages, and returns those of the user.
async fn claimed(store: &dyn Store, user: &User, now: Timestamp, limit: u32) -> Vec<Message> {
    let claimed = store.claim_due_messages(now, limit, LEASE).await;
    let mut claimed = claimed.expect("claims");
    claimed.retain(|message| message.user_id == Some(user.id));
    claimed
}

/// Takes that message, which is due at `now` or before, whatever else is due.
pub(super) async fn claim(store: &dyn Store, message: &Message, now: Timestamp) -> Message {
    loop {
        let claimed = store
            .claim_due_messages(now, 100, LEASE)
            .await
            .expect("claims");
        assert!(!claimed.is_empty(), "the message is not due");
        if let Some(found) = claimed.into_iter().find(|it| it.id == message.id) {
            return found;
        }
    }
}

/// Each test of the queue has its own second of the past, so that they may run at the same time.
fn second(number: i64) -> Timestamp {
    Timestamp::from_millis(-1_000_000_000 + number * 100_000)
}

/// Those that wait longest come first. A message with a lease is not taken.
pub async fn due_messages_are_claimed_in_their_order_while_no_lease_runs(store: &dyn Store) {
    let user = fresh(store, "claimed").await;
    let now = second(1);
    let at = |millis: i64| Timestamp::from_millis(now.as_millis() + millis);
    let [last, first, middle, later] = [0, -2, -1, 1].map(|millis| due(&user, at(millis)));
    for message in [&last, &first, &middle, &later] {
        kept(store, message.clone()).await;
    }
    let mut ids = Vec::new();
    while let Some(message) = claimed(store, &user, now, 1).await.pop() {
        assert_eq!(message.delivery.attempt, 1);
        assert_eq!(message.delivery.next_at, now.plus(LEASE));
        assert_same(&stored(store, &message).await, &message);
        ids.push(message.id);
    }
    assert_eq!(ids, [first.id, middle.id, last.id]);
    assert_same(&stored(store, &later).await, &later);
    store.delete_user(user.id).await.expect("deletes");
}

/// No message is sent by two nodes at the same time.
pub async fn of_two_nodes_one_claims_a_message(store: &dyn Store) {
    let user = fresh(store, "two-nodes").await;
    for round in 0..20 {
        let now = Timestamp::from_millis(second(2).as_millis() - round);
        let messages = [due(&user, now), due(&user, now), due(&user, now)];
        for message in &messages {
            kept(store, message.clone()).await;
        }
        let (one, two, three) = tokio::join!(
            claimed(store, &user, now, 10),
            claimed(store, &user, now, 10),
            claimed(store, &user, now, 10)
        );
        let mut ids: Vec<_> = [one, two, three].concat().iter().map(|it| it.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, messages.map(|message| message.id));
    }
    store.delete_user(user.id).await.expect("deletes");
}

/// A node that died does not keep its messages.
pub async fn a_message_is_claimed_again_when_the_lease_runs_out(store: &dyn Store) {
    let user = fresh(store, "lease").await;
    let now = second(3);
    let kept = kept(store, due(&user, now)).await;
    assert_eq!(claimed(store, &user, now, 10).await.len(), 1);
    let end = now.plus(LEASE);
    let just_before = Timestamp::from_millis(end.as_millis() - 1);
    assert!(claimed(store, &user, just_before, 10).await.is_empty());
    let again = claimed(store, &user, end, 10).await;
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].id, kept.id);
    assert_eq!(again[0].delivery.attempt, 2);
    assert_eq!(again[0].delivery.queued_at, kept.delivery.queued_at);
    store.delete_user(user.id).await.expect("deletes");
}

/// A node whose lease ran out changes nothing.
pub async fn an_outcome_counts_only_for_its_attempt(store: &dyn Store) {
    let user = fresh(store, "attempts").await;
    let now = second(4);
    let kept = kept(store, due(&user, now)).await;
    let id = kept.id;
    claim(store, &kept, now).await;
    claim(store, &kept, now.plus(LEASE)).await;
    let before = stored(store, &kept).await;
    for attempt in [0, 1, 3] {
        let sent = store.mark_sent(id, attempt, now).await.expect("answers");
        let failed = store
            .mark_failed(id, attempt, None, "late")
            .await
            .expect("answers");
        let dropped = store
            .mark_dropped(id, attempt, "late")
            .await
            .expect("answers");
        assert_eq!([sent, failed, dropped], [Marked::Stale; 3]);
    }
    assert_same(&stored(store, &kept).await, &before);
    assert_eq!(
        store.mark_sent(id, 2, now).await.expect("answers"),
        Marked::Done
    );
    let sent = stored(store, &kept).await;
    assert_eq!(sent.delivery.state, DeliveryState::Sent);
    assert_eq!(sent.delivery.sent_at, Some(now));
    let again = store.mark_dropped(id, 2, "late").await.expect("answers");
    assert_eq!(again, Marked::Stale);
    let missing = message(MessageKind::Approved, &user);
    let missing = store.mark_sent(missing.id, 0, now).await.expect("answers");
    assert_eq!(missing, Marked::Stale);

    let dropped = super::kept(store, due(&user, now)).await;
    claim(store, &dropped, now).await;
    let marked = store.mark_dropped(dropped.id, 1, "no account").await;
    assert_eq!(marked.expect("answers"), Marked::Done);
    let dropped = stored(store, &dropped).await;
    assert_eq!(dropped.delivery.state, DeliveryState::Dropped);
    assert_eq!(dropped.delivery.error.as_deref(), Some("no account"));
    store.delete_user(user.id).await.expect("deletes");
}

/// A failed attempt says why, until the next attempt begins.
pub async fn a_failed_message_waits_and_is_given_up(store: &dyn Store) {
    let user = fresh(store, "failed").await;
    let now = second(5);
    let kept = kept(store, due(&user, now)).await;
    claim(store, &kept, now).await;
    let next_at = now.plus(LEASE * 2);
    let error = "451 try again \u{1f980}";
    let marked = store.mark_failed(kept.id, 1, Some(next_at), error).await;
    assert_eq!(marked.expect("answers"), Marked::Done);
    let waiting = stored(store, &kept).await;
    assert_eq!(waiting.delivery.state, DeliveryState::Queued);
    assert_eq!(waiting.delivery.next_at, next_at);
    assert_eq!(waiting.delivery.error.as_deref(), Some(error));
    assert!(claimed(store, &user, now.plus(LEASE), 10).await.is_empty());
    let again = claim(store, &kept, next_at).await;
    assert_eq!((again.delivery.attempt, again.delivery.error), (2, None));
    let marked = store.mark_failed(kept.id, 2, None, "550 no").await;
    assert_eq!(marked.expect("answers"), Marked::Done);
    let failed = stored(store, &kept).await;
    assert_eq!(failed.delivery.state, DeliveryState::Failed);
    assert_eq!(failed.delivery.error.as_deref(), Some("550 no"));
    assert!(
        claimed(store, &user, next_at.plus(LEASE * 9), 10)
            .await
            .is_empty()
    );
    store.delete_user(user.id).await.expect("deletes");
}

/// A retry does not send a mail that is being sent, or was sent.
pub async fn a_retry_queues_what_failed_and_nothing_else(store: &dyn Store) {
    let user = fresh(store, "retried").await;
    let now = second(6);
    let later = now.plus(LEASE / 2);
    let kept = kept(store, due(&user, now)).await;
    let id = kept.id;
    let retry = || async { store.retry_message(id, later).await.expect("answers") };
    assert_eq!(
        retry().await,
        Marked::Stale,
        "it waits for its first attempt"
    );
    claim(store, &kept, now).await;
    assert_eq!(retry().await, Marked::Stale, "a node sends it");
    for (attempt, next_at) in [(1, Some(now.plus(LEASE * 9))), (2, None)] {
        let marked = store.mark_failed(id, attempt, next_at, "no").await;
        assert_eq!(marked.expect("answers"), Marked::Done);
        assert_eq!(retry().await, Marked::Done);
        let queued = stored(store, &kept).await.delivery;
        assert_eq!(queued.state, DeliveryState::Queued);
        assert_eq!((queued.next_at, queued.queued_at), (later, later));
        assert_eq!((queued.attempt, queued.error), (attempt, None));
        claim(store, &kept, later).await;
    }
    store.mark_sent(id, 3, later).await.expect("marks");
    assert_eq!(retry().await, Marked::Stale, "it is sent");
    let missing = message(MessageKind::Approved, &user).id;
    let missing = store.retry_message(missing, now).await.expect("answers");
    assert_eq!(missing, Marked::Stale);
    store.delete_user(user.id).await.expect("deletes");
}

/// A backup does not say what happened since: used links stay used, and no mail is sent twice.
pub async fn after_a_restore_links_have_ended_and_mails_wait_for_their_release(store: &dyn Store) {
    let user = fresh(store, "restored").await;
    let now = user.created_at;
    let purpose = LinkPurpose::UndoEmail;
    let undo = || with_link(MessageKind::EmailChanged, purpose, &user);
    let [used, active, sent] = [undo(), undo(), undo()];
    let notice = message(MessageKind::NewDevice, &user);
    for message in [&used, &active, &sent, &notice] {
        kept(store, message.clone()).await;
    }
    store
        .consume_link(used.id, purpose, now)
        .await
        .expect("uses");
    claim(store, &sent, now).await;
    store.mark_sent(sent.id, 1, now).await.expect("marks");

    let later = now.plus(LEASE * 2);
    assert!(store.hold_messages(later).await.expect("holds") >= 3);
    for (message, why, state) in [
        (&used, LinkEnd::Used, DeliveryState::Held),
        (&active, LinkEnd::Restored, DeliveryState::Held),
        (&sent, LinkEnd::Restored, DeliveryState::Sent),
    ] {
        let stored = stored(store, message).await;
        assert_eq!((end(&stored), stored.delivery.state), (Some(why), state));
        let consumed = store.consume_link(message.id, purpose, later).await;
        assert!(consumed.expect("answers").is_none());
    }
    assert_eq!(
        stored(store, &notice).await.delivery.state,
        DeliveryState::Held
    );
    assert!(claimed(store, &user, later, 100).await.is_empty());
    assert_eq!(store.hold_messages(later).await.expect("holds"), 0);

    assert!(store.release_held(later).await.expect("releases") >= 3);
    let released = stored(store, &notice).await.delivery;
    assert_eq!(released.state, DeliveryState::Queued);
    assert_eq!((released.queued_at, released.next_at), (later, later));
    claim(store, &notice, later).await;
    assert_eq!(store.release_held(later).await.expect("releases"), 0);
}
