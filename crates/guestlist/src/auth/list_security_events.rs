//! Lists security events, for their user and for an operator.

use crate::{Guestlist, SecurityEvent, SecurityEventId, StoreError, UserId};

impl Guestlist {
    /// Returns up to `limit` security events of the user, the newest first. The list begins before
    /// the id `before`, or with the newest if `before` is `None`.
    pub async fn list_security_events_of(
        &self,
        user: UserId,
        before: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        let store = self.store();
        store.list_security_events_of(user, before, limit).await
    }

    /// Returns up to `limit` security events of all users in the order of their ids. The list
    /// begins after the id `after`, or with the oldest if `after` is `None`.
    ///
    /// Several nodes create ids with their own clocks, so an event with an earlier id may come
    /// after this list was read.
    pub async fn list_security_events(
        &self,
        after: Option<SecurityEventId>,
        limit: u32,
    ) -> Result<Vec<SecurityEvent>, StoreError> {
        self.store().list_security_events(after, limit).await
    }
}
