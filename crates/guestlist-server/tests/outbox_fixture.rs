//! What tests do with the mails of the outbox.

use std::time::Duration;

use guestlist::{Clock, Marked, Message, MessageFilter, MessageKind};

use crate::test_app::TestApp;

/// Returns the newest message of a kind.
pub(crate) async fn newest(app: &TestApp, kind: MessageKind) -> Message {
    let filter = MessageFilter {
        kind: Some(kind),
        ..MessageFilter::default()
    };
    let found = app.app.guestlist.list_messages(filter, None, 1).await;
    found.expect("answers").pop().expect("there is one")
}

/// Lets the message fail, as a mail server would.
pub(crate) async fn fail(app: &TestApp, message: &Message) {
    let store = &app.stores.accounts;
    let now = app.clock.now();
    let due = store.claim_due_messages(now, 100, Duration::from_secs(180));
    let due = due.await.expect("claims");
    let due = due.iter().find(|due| due.id == message.id);
    let attempt = due.expect("is due").delivery.attempt;
    let failed = store.mark_failed(message.id, attempt, None, "550 no such user");
    assert_eq!(failed.await.expect("marks"), Marked::Done);
}
