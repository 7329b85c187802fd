//! An operator ends all sessions and tokens, after a leak or after restoring a backup.

use futures_util::future::join_all;

use crate::{
    Actor, Ended, Guestlist, RetireTokenError, SecurityEventKind, StoreError, UserId,
    identity_cache::Tombstone,
};

/// How many tokens are read at once.
const PAGE: u32 = 100;

impl Guestlist {
    /// Ends all sessions and personal access tokens of up to `limit` users, in the order of their
    /// ids: the first users, or those after `after`. Returns the ids of these users. To end
    /// everything, call it again with the last id until it returns no ids. Users keep their
    /// passwords; service tokens stay valid.
    pub async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let users = self.store().end_everything(after, limit).await?;
        self.have_ended(users.iter().copied().map(Tombstone::User));
        let events = users.iter().map(|user| {
            let kind = SecurityEventKind::AllSessionsEnded;
            self.record_event(self.event_by(Actor::System, *user, kind))
        });
        join_all(events).await;
        if let (Some(first), Some(last)) = (users.first(), users.last()) {
            let count = users.len();
            tracing::info!(count, %first, %last, "ended all sessions and personal access tokens of users");
        }
        Ok(users)
    }

    /// Revokes all service tokens, including expired ones, and returns their number.
    pub async fn revoke_service_tokens(&self) -> Result<u64, RetireTokenError> {
        let (mut revoked, mut after) = (0, None);
        loop {
            let page = self.store().list_tokens(None, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(revoked);
            };
            after = Some(last.id);
            for token in &page {
                let ended = self.retire(None, token.id).await?;
                revoked += u64::from(ended == Ended::Now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        TokenName, Wanted,
        auth::fixture::{Fixture, PASSWORD, password, refresh_token},
        testing::email,
    };

    #[tokio::test]
    async fn all_sessions_and_personal_tokens_end_and_passwords_and_service_tokens_stay() {
        let fixture = Fixture::new().await;
        let held = [Wanted::DATABASE, Wanted::JWT, Wanted::JWT_ALONE]
            .map(|wanted| fixture.sign_in(wanted));
        let personal = fixture.personal_token().await;
        let name = TokenName::parse("gateway").expect("is a name");
        let service = fixture.guestlist.issue_service_token(name, None).await;
        let service = service.expect("issues");
        for number in 0..4 {
            let email = email(&format!("user{number}@example.com"));
            let signed_up = fixture.guestlist.sign_up(email, password(PASSWORD)).await;
            signed_up.expect("signs up");
        }
        let mut credentials = vec![personal.secret.expose().to_owned()];
        let mut refresh_tokens = Vec::new();
        for signing_in in held {
            let signed_in = signing_in.await;
            credentials.push(signed_in.access_token.expose().to_owned());
            if signed_in.refresh_token.is_some() {
                refresh_tokens.push(refresh_token(&signed_in).to_owned());
            }
        }
        for credential in &credentials {
            assert!(fixture.opens(credential).await, "it is in the cache now");
        }
        let (mut after, mut ended) = (None, Vec::new());
        loop {
            let page = fixture
                .guestlist
                .end_everything(after, 2)
                .await
                .expect("ends");
            assert!(page.len() <= 2);
            let Some(last) = page.last() else { break };
            after = Some(*last);
            ended.extend(page);
        }
        assert_eq!(ended.len(), 5);
        assert!(ended.is_sorted());
        for credential in &credentials {
            assert!(!fixture.opens(credential).await);
        }
        for token in &refresh_tokens {
            assert!(fixture.refresh(token).await.is_none());
        }
        let service = service.secret.expose();
        assert!(fixture.guestlist.identify_service(service).await.is_ok());
        let again = fixture.sign_in(Wanted::DATABASE).await;
        assert!(fixture.opens(again.access_token.expose()).await);
        assert_eq!(
            fixture
                .guestlist
                .revoke_service_tokens()
                .await
                .expect("ends"),
            1
        );
        assert!(fixture.guestlist.identify_service(service).await.is_err());
        assert_eq!(
            fixture
                .guestlist
                .revoke_service_tokens()
                .await
                .expect("ends"),
            0
        );
    }
}
