//! What tests read from messages.

use super::fixture::Fixture;
use crate::{Message, MessageFilter, MessageKind, MessageStore};

/// Returns the newest message of a kind.
pub(super) async fn newest(fixture: &Fixture, kind: MessageKind) -> Message {
    let filter = MessageFilter {
        kind: Some(kind),
        ..MessageFilter::default()
    };
    let found = fixture.store.list_messages(filter, None, 1).await;
    found.expect("answers").pop().expect("there is one")
}

/// Returns how many messages of a kind there are.
pub(super) async fn count(fixture: &Fixture, kind: MessageKind) -> usize {
    let filter = MessageFilter {
        kind: Some(kind),
        ..MessageFilter::default()
    };
    let found = fixture.store.list_messages(filter, None, 1_000).await;
    found.expect("answers").len()
}

/// Returns the token of the newest message of a kind, which its reader gets by mail.
pub(super) async fn newest_token(fixture: &Fixture, kind: MessageKind) -> String {
    let message = newest(fixture, kind).await;
    let token = fixture.guestlist.token_of_link(&message).expect("has one");
    token.expose().to_owned()
}
