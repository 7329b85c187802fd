//! A user lists the sessions.

use crate::{Guestlist, Session, SessionId, StoreError, UserId};

/// How many sessions are read at once.
const PAGE: u32 = 100;

/// An active session, as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// Whether this is the caller's session.
    pub is_current: bool,
}

impl Guestlist {
    /// Returns up to `limit` active sessions of the user, in the order of their creation. The list
    /// begins after the id `after`, or at the beginning of the order if `after` is `None`.
    /// `current` is the caller's session.
    pub async fn list_sessions(
        &self,
        user: UserId,
        current: SessionId,
        mut after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<OpenSession>, StoreError> {
        let mut open = Vec::new();
        let Some(user) = self.store().find_user(user).await? else {
            return Ok(open);
        };
        let (now, limit) = (self.now(), usize::try_from(limit).unwrap_or(usize::MAX));
        while open.len() < limit {
            let page = self.store().list_sessions(user.id, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            let live = page.into_iter().map(|session| self.as_last_seen(session));
            open.extend(
                live.filter(|session| session.is_active(&user, now))
                    .map(|session| OpenSession {
                        is_current: session.id == current,
                        session,
                    }),
            );
        }
        open.truncate(limit);
        Ok(open)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Extent, SessionId, Wanted, auth::fixture::Fixture};

    #[tokio::test]
    async fn active_sessions_are_listed_and_the_callers_is_marked() {
        let fixture = Fixture::new().await;
        let before = fixture.sign_in(Wanted::JWT).await.session.id;
        let ended = fixture
            .guestlist
            .end_other_sessions(before, Extent::Sessions)
            .await;
        let first = ended.expect("ends").session.id;
        fixture.sign_in(Wanted::JWT_ALONE).await;
        let second = fixture.sign_in(Wanted::DATABASE).await.session.id;
        let gone = fixture.sign_in(Wanted::DATABASE).await.session.id;
        fixture.guestlist.sign_out(gone).await.expect("ends");
        fixture.advance(60 * 60);
        let list = async |after: Option<SessionId>, limit| {
            let listed = fixture
                .guestlist
                .list_sessions(fixture.user.id, second, after, limit);
            let listed = listed.await.expect("lists").into_iter();
            listed
                .map(|open| (open.session.id, open.is_current))
                .collect::<Vec<_>>()
        };
        assert_eq!(list(None, 9).await, [(first, false), (second, true)]);
        assert_eq!(list(None, 1).await, [(first, false)]);
        assert_eq!(list(Some(first), 1).await, [(second, true)]);
        assert_eq!(list(Some(second), 1).await, []);
        assert_eq!(list(None, 0).await, []);
    }

    #[tokio::test]
    async fn a_page_is_full_even_after_many_inactive_sessions() {
        let fixture = Fixture::new().await;
        for _ in 0..250 {
            fixture.sign_in(Wanted::JWT_ALONE).await;
        }
        fixture.advance(60 * 60);
        let active = fixture.sign_in(Wanted::JWT).await.session.id;
        let listed = fixture
            .guestlist
            .list_sessions(fixture.user.id, active, None, 1);
        assert_eq!(listed.await.expect("lists").len(), 1);
    }

    #[tokio::test]
    async fn a_listed_session_has_its_last_seen_time_before_the_store_has_it() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        fixture.advance(600);
        assert!(fixture.opens(signed_in.access_token.expose()).await);
        let id = signed_in.session.id;
        let listed = fixture
            .guestlist
            .list_sessions(fixture.user.id, id, None, 9);
        let listed = listed.await.expect("lists");
        assert_eq!(listed[0].session.last_seen_at, fixture.now());
    }
}
