//! Which programs somebody has made tokens for.

use crate::{Guestlist, StoreError, Token, TokenId, UserId};

/// So many rows are read at once.
const PAGE: u32 = 100;

impl Guestlist {
    /// Up to `limit` personal tokens of the user that live, in the order in which they were made: the
    /// first ones, or those after that one.
    pub async fn list_tokens(
        &self,
        user: UserId,
        mut after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        let mut live = Vec::new();
        let owner = self.store().find_user(user).await?;
        let (now, limit) = (self.now(), usize::try_from(limit).unwrap_or(usize::MAX));
        while live.len() < limit {
            let page = self.store().list_tokens(Some(user), after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            let lives = |token: &Token| token.is_active(owner.as_ref(), now);
            live.extend(page.into_iter().filter(lives));
        }
        live.truncate(limit);
        Ok(live)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        TokenId, UserId, Wanted,
        auth::scene::{PASSWORD, Scene, password},
    };

    #[tokio::test]
    async fn tokens_that_live_are_listed_and_nobody_elses() {
        let scene = Scene::new().await;
        let (first, second) = (scene.personal_token().await, scene.personal_token().await);
        let retired = scene.personal_token().await.token.id;
        let retire = scene.guestlist.retire_token(scene.user.id, retired);
        retire.await.expect("retires");
        let list = async |user: UserId, after: Option<TokenId>, limit| {
            let listed = scene.guestlist.list_tokens(user, after, limit).await;
            let listed = listed.expect("lists").into_iter();
            listed.map(|token| token.id).collect::<Vec<_>>()
        };
        let (user, ids) = (scene.user.id, [first.token.id, second.token.id]);
        assert_eq!(list(user, None, 9).await, ids);
        assert_eq!(list(user, None, 1).await, ids[..1]);
        assert_eq!(list(user, Some(ids[0]), 9).await, ids[1..]);
        assert_eq!(list(UserId::new(scene.now()), None, 9).await, []);
        let session = scene.sign_in(Wanted::JWT).await.session.id;
        let changed =
            scene
                .guestlist
                .change_password(session, password(PASSWORD), password("another one"));
        changed.await.expect("changes");
        assert_eq!(
            list(user, None, 9).await,
            [],
            "they ended with the password"
        );
    }
}
