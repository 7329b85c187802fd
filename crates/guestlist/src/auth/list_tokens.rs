//! A user lists the personal access tokens.

use crate::{Guestlist, StoreError, Token, TokenId, UserId};

/// How many tokens are read at once.
const PAGE: u32 = 100;

impl Guestlist {
    /// Returns up to `limit` active personal access tokens of the user, in the order of their
    /// creation. The list begins after the id `after`, or at the beginning of the order if `after`
    /// is `None`.
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
            let is_active = |token: &Token| token.is_active(owner.as_ref(), now);
            live.extend(page.into_iter().filter(is_active));
        }
        live.truncate(limit);
        Ok(live)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        TokenId, UserId, Wanted,
        auth::fixture::{Fixture, PASSWORD, password},
    };

    #[tokio::test]
    async fn only_the_users_active_tokens_are_listed() {
        let fixture = Fixture::new().await;
        let (first, second) = (
            fixture.personal_token().await,
            fixture.personal_token().await,
        );
        let retired = fixture.personal_token().await.token.id;
        let retire = fixture.guestlist.retire_token(fixture.user.id, retired);
        retire.await.expect("retires");
        let list = async |user: UserId, after: Option<TokenId>, limit| {
            let listed = fixture.guestlist.list_tokens(user, after, limit).await;
            let listed = listed.expect("lists").into_iter();
            listed.map(|token| token.id).collect::<Vec<_>>()
        };
        let (user, ids) = (fixture.user.id, [first.token.id, second.token.id]);
        assert_eq!(list(user, None, 9).await, ids);
        assert_eq!(list(user, None, 1).await, ids[..1]);
        assert_eq!(list(user, Some(ids[0]), 9).await, ids[1..]);
        assert_eq!(list(UserId::new(fixture.now()), None, 9).await, []);
        let session = fixture.sign_in(Wanted::JWT).await.session.id;
        let changed =
            fixture
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
