//! Records security events: one log line and one stored entry for each.

use std::{sync::LazyLock, time::Duration};

use futures_util::future::join;

use crate::{
    Actor, EventBound, EventInsertion, Guestlist, LogLimit, Message, MessageKind, SecurityEvent,
    SecurityEventId, SecurityEventKind, StoreError, UserId, causes, detail,
};

/// The time for which [`SecurityEventKind::most_an_hour`] holds.
const HOUR: Duration = Duration::from_secs(3_600);
/// Limits the log lines about events that could not be stored: a store that fails would cause one
/// for each refused sign-in.
static UNSTORED: LazyLock<LogLimit<()>> = LazyLock::new(|| {
    LogLimit::new(10, |(), suppressed| {
        tracing::error!("security events are not stored: {suppressed}");
    })
});

impl Guestlist {
    /// Creates an event that happens now. Its actor and client are those of
    /// [`acting_as`](Self::acting_as) and [`seen_from`](Self::seen_from). Without an actor, the
    /// user acts. An event of another actor has no client: the user must not learn the address and
    /// the browser of an administrator.
    pub fn event(&self, user: UserId, kind: SecurityEventKind) -> SecurityEvent {
        self.event_by(Actor::User, user, kind)
    }

    /// Creates an event that the link of this message causes.
    pub(super) fn event_by_link(
        &self,
        message: &Message,
        user: UserId,
        kind: SecurityEventKind,
    ) -> SecurityEvent {
        let how = match message.kind {
            MessageKind::ResetLink => detail::RESET_LINK,
            _ => detail::MAIL_LINK,
        };
        self.event(user, kind).with(detail::HOW, how)
    }

    /// Creates an event with another usual actor.
    pub(super) fn event_by(
        &self,
        usual: Actor,
        user: UserId,
        kind: SecurityEventKind,
    ) -> SecurityEvent {
        let origin = self.origin();
        let actor = origin.actor.unwrap_or(usual);
        let event = SecurityEvent::new(user, kind, actor, self.now());
        if matches!(actor, Actor::Admin(_)) {
            return event;
        }
        let event = event.from_client(origin.client.clone());
        if origin.is_address_of_proxy {
            event.with(detail::ADDRESS_OF, detail::PROXY)
        } else {
            event
        }
    }

    /// Writes the event to the log and stores it. If it cannot be stored, the reason is logged:
    /// what happened has happened, and its caller must not see it as failed.
    pub async fn record_event(&self, event: SecurityEvent) {
        event.log();
        self.store_event(&event).await;
    }

    /// Stores an event while `done` runs, so that both can share one commit. Writes the log line if
    /// `has_happened` says so. If `done` fails although the event was stored, the entry stays.
    pub(super) async fn record_beside<T>(
        &self,
        event: SecurityEvent,
        done: impl Future<Output = T>,
        has_happened: impl FnOnce(&T) -> bool,
    ) -> T {
        let (done, ()) = join(done, self.store_event(&event)).await;
        if has_happened(&done) {
            event.log();
        }
        done
    }

    /// Writes the event to the log, and stores it in the background. For a refusal: its time must
    /// not tell whether there is an account.
    pub(super) fn record_in_background(&self, event: SecurityEvent) {
        event.log();
        let Some(place) = self.underway().begin() else {
            return unstored(&event, "too many events wait for the store");
        };
        let guestlist = self.clone();
        tokio::spawn(async move {
            guestlist.store_event(&event).await;
            drop(place);
        });
    }

    /// Waits until all events are stored that were recorded before. Call it before the process
    /// ends.
    pub async fn finish_events(&self) {
        self.underway().finish().await;
    }

    async fn store_event(&self, event: &SecurityEvent) {
        let since = event.at.minus(HOUR);
        let bound = EventBound {
            after: SecurityEventId::first_of(since),
            most: event.kind.most_an_hour(),
        };
        match self.store().append_security_event(event, bound).await {
            Ok(EventInsertion::Stored | EventInsertion::Counted | EventInsertion::UserGone) => {}
            Err(error) => unstored(event, &causes(&error)),
        }
    }

    /// Removes up to `limit` events that are older than
    /// [`Builder::keep_security_events`](crate::Builder::keep_security_events).
    pub(super) async fn purge_events(&self, limit: u32) -> Result<u64, StoreError> {
        let before = self.now().minus(self.keep_security_events());
        self.store().purge_security_events(before, limit).await
    }
}

fn unstored(event: &SecurityEvent, why: &str) {
    if UNSTORED.admits(()) {
        let (user, kind) = (event.user_id, event.kind.as_str());
        tracing::error!(%user, kind, error = why, "cannot store a security event");
    }
}

#[cfg(test)]
mod tests;
