//! Identifies a service by its token.

use super::IdentifyError;
use crate::{Guestlist, OpaqueToken, TokenId, TokenKind, TokenName, TokenOwner};

/// A service that may introspect tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownService {
    /// The service's name.
    pub name: TokenName,
    /// The token that the service sent.
    pub token: TokenId,
}

impl Guestlist {
    /// Returns the service of this token, if the token is active. The store is asked every time.
    pub async fn identify_service(&self, token: &str) -> Result<KnownService, IdentifyError> {
        let presented = OpaqueToken::parse(token)?;
        if presented.kind() != TokenKind::Service {
            return Err(IdentifyError::InvalidToken);
        }
        let now = self.now();
        let found = self.store().find_token(presented.record().into()).await?;
        let (record, owner) = found.ok_or(IdentifyError::InvalidToken)?;
        let is_it =
            self.is_stored(Some(&record.hash), token) && record.is_active(owner.as_ref(), now);
        match record.owner {
            TokenOwner::Service(ref name) if is_it => {
                let name = name.clone();
                let record = self.rehash(record, &presented).await?;
                self.used(&record, now);
                Ok(KnownService {
                    name,
                    token: record.id,
                })
            }
            _ => Err(IdentifyError::InvalidToken),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Wanted, auth::fixture::Fixture};

    fn name(text: &str) -> TokenName {
        TokenName::parse(text).expect("is a name")
    }

    #[tokio::test]
    async fn a_service_is_known_by_its_token_until_it_is_revoked_or_expires() {
        let fixture = Fixture::new().await;
        let minute = fixture.now().plus(Duration::from_secs(60));
        let issue = |end| fixture.guestlist.issue_service_token(name("gateway"), end);
        let (endless, ends) = (
            issue(None).await.expect("issues"),
            issue(Some(minute)).await.expect("issues"),
        );
        let knows = async |token: &str| fixture.guestlist.identify_service(token).await.ok();
        for made in [&endless, &ends] {
            let known = knows(made.secret.expose()).await;
            let expected = KnownService {
                name: name("gateway"),
                token: made.token.id,
            };
            assert_eq!(known, Some(expected));
        }
        fixture.guestlist.purge().await.expect("sweeps");
        let listed = fixture.guestlist.list_service_tokens(None, 9).await;
        let listed = listed.expect("lists");
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0].last_used_at, Some(fixture.now()));
        fixture.advance(60);
        assert_eq!(knows(ends.secret.expose()).await, None, "expired");
        assert!(knows(endless.secret.expose()).await.is_some());
        let revoked = fixture
            .guestlist
            .revoke_service_token(endless.token.id)
            .await;
        assert_eq!(revoked.expect("revokes"), crate::Ended::Now);
        assert_eq!(knows(endless.secret.expose()).await, None, "revoked");
    }

    #[tokio::test]
    async fn no_other_token_identifies_a_service() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let personal = fixture.personal_token().await;
        let issued = fixture
            .guestlist
            .issue_service_token(name("gateway"), None)
            .await;
        let id = issued.expect("issues").token.id;
        let forged = OpaqueToken::new(TokenKind::Service, id.as_uuid());
        let of_a_person = OpaqueToken::new(TokenKind::Service, personal.token.id.as_uuid());
        for token in [
            "",
            "gls_",
            signed_in.access_token.expose(),
            personal.secret.expose(),
            forged.expose(),
            of_a_person.expose(),
        ] {
            let known = fixture.guestlist.identify_service(token).await;
            assert!(matches!(known, Err(IdentifyError::InvalidToken)), "{token}");
        }
    }
}
