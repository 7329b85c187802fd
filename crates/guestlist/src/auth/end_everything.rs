//! An operator ends everything: after a leak, or after a backup was restored.

use crate::{Ended, Guestlist, RetireTokenError, StoreError, UserId, identity_cache::Tombstone};

/// So many tokens are read at once.
const PAGE: u32 = 100;

impl Guestlist {
    /// Ends all sessions and all personal tokens of up to `limit` users in the order of their ids: the first ones, or those
    /// after that one. The ids of these users; none if there are no more. To end everything, call it with the last id
    /// until there are none. Users sign in again with the password they have; tokens of services stay.
    pub async fn end_everything(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        let users = self.store().end_everything(after, limit).await?;
        self.have_ended(users.iter().copied().map(Tombstone::User));
        if let (Some(first), Some(last)) = (users.first(), users.last()) {
            let count = users.len();
            tracing::info!(count, %first, %last, "ended all sessions and personal tokens of users");
        }
        Ok(users)
    }

    /// Revokes all tokens of services, expired ones too; how many there were.
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
        auth::scene::{PASSWORD, Scene, password, refresh_token},
        testing::email,
    };

    #[tokio::test]
    async fn everything_of_everybody_ends_at_once_but_for_passwords_and_services() {
        let scene = Scene::new().await;
        let held =
            [Wanted::DATABASE, Wanted::JWT, Wanted::JWT_ALONE].map(|wanted| scene.sign_in(wanted));
        let personal = scene.personal_token().await;
        let name = TokenName::parse("gateway").expect("is a name");
        let service = scene.guestlist.issue_service_token(name, None).await;
        let service = service.expect("issues");
        for number in 0..4 {
            let email = email(&format!("user{number}@example.com"));
            let signed_up = scene.guestlist.sign_up(email, password(PASSWORD)).await;
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
            assert!(scene.opens(credential).await, "and is in the cache now");
        }
        let (mut after, mut ended) = (None, Vec::new());
        loop {
            let page = scene
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
            assert!(!scene.opens(credential).await);
        }
        for token in &refresh_tokens {
            assert!(scene.refresh(token).await.is_none());
        }
        let service = service.secret.expose();
        assert!(scene.guestlist.identify_service(service).await.is_ok());
        let again = scene.sign_in(Wanted::DATABASE).await;
        assert!(scene.opens(again.access_token.expose()).await);
        assert_eq!(
            scene.guestlist.revoke_service_tokens().await.expect("ends"),
            1
        );
        assert!(scene.guestlist.identify_service(service).await.is_err());
        assert_eq!(
            scene.guestlist.revoke_service_tokens().await.expect("ends"),
            0
        );
    }
}
