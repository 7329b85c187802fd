//! A service asks whether a token is valid (RFC 7662).

use std::sync::Arc;

use super::{IdentifyError, KnownService};
use crate::{Guestlist, Identity, StoreError};

/// Whether a token is valid, as a service may know it.
#[derive(Clone, Debug)]
pub enum Introspection {
    /// The token is invalid, or a service may not know about it: RFC 7662, section 2.2, has one
    /// answer for all.
    Inactive,
    /// The token is valid now: its user, scope and expiry.
    Active(Arc<Identity>),
}

impl Guestlist {
    /// Says whether a token is valid now. Only access tokens and personal access tokens can be; a
    /// refresh token or a service token is always inactive, because no request carries them.
    pub async fn introspect(
        &self,
        caller: &KnownService,
        token: &str,
    ) -> Result<Introspection, StoreError> {
        let introspection = match self.identify(token).await {
            Ok(identity) => Introspection::Active(identity),
            Err(IdentifyError::InvalidToken) => Introspection::Inactive,
            Err(IdentifyError::Store(error)) => return Err(error),
        };
        tracing::debug!(service = %caller.name, "introspected a token");
        Ok(introspection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TokenName, Wanted,
        auth::fixture::{Fixture, refresh_token},
    };

    async fn fixture() -> (Fixture, KnownService, String) {
        let fixture = Fixture::new().await;
        let name = TokenName::parse("gateway").expect("is a name");
        let issued = fixture.guestlist.issue_service_token(name, None).await;
        let token = issued.expect("issues").secret.expose().to_owned();
        let known = fixture.guestlist.identify_service(&token).await;
        (fixture, known.expect("is known"), token)
    }

    #[tokio::test]
    async fn access_tokens_and_personal_tokens_are_active_until_they_end() {
        let (fixture, caller, _) = fixture().await;
        for wanted in [Wanted::DATABASE, Wanted::JWT] {
            let signed_in = fixture.sign_in(wanted).await;
            let token = signed_in.access_token.expose();
            let look = async || {
                let looked = fixture.guestlist.introspect(&caller, token).await;
                looked.expect("answers")
            };
            let Introspection::Active(identity) = look().await else {
                panic!("{wanted:?}");
            };
            assert_eq!(identity.user.id, fixture.user.id);
            let ends = fixture.now().plus(signed_in.expires_in);
            assert_eq!(identity.expires_at.as_secs(), ends.as_secs());
            let ended = fixture.guestlist.sign_out(signed_in.session.id).await;
            ended.expect("ends");
            assert!(matches!(look().await, Introspection::Inactive));
        }
        let personal = fixture.personal_token().await;
        let looked = fixture
            .guestlist
            .introspect(&caller, personal.secret.expose());
        assert!(matches!(looked.await, Ok(Introspection::Active(_))));
    }

    #[tokio::test]
    async fn everything_else_is_inactive() {
        let (fixture, caller, service) = fixture().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        for token in ["", "a.b.c", "gla_", refresh_token(&signed_in), &service] {
            let looked = fixture.guestlist.introspect(&caller, token).await;
            assert!(matches!(looked, Ok(Introspection::Inactive)), "{token}");
        }
    }
}
