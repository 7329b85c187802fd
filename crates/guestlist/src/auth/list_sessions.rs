//! Where somebody is signed in.

use crate::{Guestlist, Session, SessionId, StoreError, UserId};

/// So many rows are read at once.
const PAGE: u32 = 100;

/// A session that lives, as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

impl Guestlist {
    /// Up to `limit` sessions of the user that live, in the order in which they were made: the first
    /// ones, or those after that one. `current` is the one that asks.
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
    use crate::{Extent, SessionId, Wanted, auth::scene::Scene};

    #[tokio::test]
    async fn the_sessions_that_live_are_listed_and_the_one_that_asks_is_marked() {
        let scene = Scene::new().await;
        let before = scene.sign_in(Wanted::JWT).await.session.id;
        let ended = scene
            .guestlist
            .end_other_sessions(before, Extent::Sessions)
            .await;
        let first = ended.expect("ends").session.id;
        scene.sign_in(Wanted::JWT_ALONE).await;
        let second = scene.sign_in(Wanted::DATABASE).await.session.id;
        let gone = scene.sign_in(Wanted::DATABASE).await.session.id;
        scene.guestlist.sign_out(gone).await.expect("ends");
        scene.advance(60 * 60);
        let list = async |after: Option<SessionId>, limit| {
            let listed = scene
                .guestlist
                .list_sessions(scene.user.id, second, after, limit);
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
    async fn a_page_is_full_however_many_are_dead_before_it() {
        let scene = Scene::new().await;
        for _ in 0..250 {
            scene.sign_in(Wanted::JWT_ALONE).await;
        }
        scene.advance(60 * 60);
        let lives = scene.sign_in(Wanted::JWT).await.session.id;
        let listed = scene.guestlist.list_sessions(scene.user.id, lives, None, 1);
        assert_eq!(listed.await.expect("lists").len(), 1);
    }

    #[tokio::test]
    async fn it_says_when_a_session_was_seen_before_the_store_knows() {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        scene.advance(600);
        assert!(scene.opens(signed_in.access_token.expose()).await);
        let id = signed_in.session.id;
        let listed = scene.guestlist.list_sessions(scene.user.id, id, None, 9);
        let listed = listed.await.expect("lists");
        assert_eq!(listed[0].session.last_seen_at, scene.now());
    }
}
