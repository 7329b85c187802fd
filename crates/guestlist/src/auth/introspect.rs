//! A service asks what a token is worth (RFC 7662).

use std::sync::Arc;

use super::{IdentifyError, Identity, KnownService};
use crate::{Guestlist, StoreError};

/// What a token is worth.
#[derive(Clone, Debug)]
pub enum Introspection {
    /// Nothing, or nothing that a service should know: RFC 7662, section 2.2, has one answer for all.
    Inactive,
    /// It opens something at this moment: whose it is, how much, and until when.
    Active(Arc<Identity>),
}

impl Guestlist {
    /// Whether that token opens anything at this moment, and what. Only what a request may carry does:
    /// access tokens and personal ones. A refresh token is not for services, nor is a service's.
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
        tracing::debug!(service = %caller.name, "looked at a token");
        Ok(introspection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TokenName, Wanted,
        auth::scene::{Scene, refresh_token},
    };

    async fn scene() -> (Scene, KnownService, String) {
        let scene = Scene::new().await;
        let name = TokenName::parse("gateway").expect("is a name");
        let issued = scene.guestlist.issue_service_token(name, None).await;
        let token = issued.expect("issues").secret.expose().to_owned();
        let known = scene.guestlist.identify_service(&token).await;
        (scene, known.expect("is known"), token)
    }

    #[tokio::test]
    async fn what_a_request_may_carry_is_active_while_it_lives() {
        let (scene, caller, _) = scene().await;
        for wanted in [Wanted::DATABASE, Wanted::JWT] {
            let signed_in = scene.sign_in(wanted).await;
            let token = signed_in.access_token.expose();
            let look = async || {
                let looked = scene.guestlist.introspect(&caller, token).await;
                looked.expect("answers")
            };
            let Introspection::Active(identity) = look().await else {
                panic!("{wanted:?}");
            };
            assert_eq!(identity.user.id, scene.user.id);
            let ends = scene.now().plus(signed_in.expires_in);
            assert_eq!(identity.expires_at.as_secs(), ends.as_secs());
            let ended = scene.guestlist.sign_out(signed_in.session.id).await;
            ended.expect("ends");
            assert!(matches!(look().await, Introspection::Inactive));
        }
        let personal = scene.personal_token().await;
        let looked = scene
            .guestlist
            .introspect(&caller, personal.secret.expose());
        assert!(matches!(looked.await, Ok(Introspection::Active(_))));
    }

    #[tokio::test]
    async fn everything_else_is_inactive() {
        let (scene, caller, service) = scene().await;
        let signed_in = scene.sign_in(Wanted::DATABASE).await;
        for token in ["", "a.b.c", "gla_", refresh_token(&signed_in), &service] {
            let looked = scene.guestlist.introspect(&caller, token).await;
            assert!(matches!(looked, Ok(Introspection::Inactive)), "{token}");
        }
    }
}
