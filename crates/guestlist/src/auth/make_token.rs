//! A user makes a personal access token for a program.

use std::time::Duration;

use crate::{
    FreshError, Guestlist, OpaqueToken, Scope, SessionId, StoreError, Token, TokenId,
    TokenInsertion, TokenKind, TokenName, TokenOwner,
};

const SECOND: Duration = Duration::from_secs(1);
/// What lives longer is forgotten.
const MAX_LIFETIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A token that was just made: the one time that it is shown.
#[derive(Debug)]
pub struct MadeToken {
    /// What is stored of it.
    pub token: Token,
    /// The token itself.
    pub secret: OpaqueToken,
}

impl Guestlist {
    /// Creates a personal access token for the session's user, to read or to write, for one second to 366 days.
    /// The user has to have entered the password in this session a moment ago.
    pub async fn make_token(
        &self,
        session: SessionId,
        name: TokenName,
        scope: Scope,
        lives_for: Duration,
    ) -> Result<MadeToken, MakeTokenError> {
        let id = TokenId::new(self.now());
        self.make_token_once(session, id, name, scope, lives_for)
            .await
    }

    /// Creates a token as [`make_token`](Self::make_token) does, for a request that may come twice. Its sender has
    /// chosen the id beforehand, so the second request creates no other token.
    ///
    /// # Errors
    ///
    /// [`MakeTokenError::MadeBefore`] if there is a token with that id. Its secret cannot be shown again.
    pub async fn make_token_once(
        &self,
        session: SessionId,
        id: TokenId,
        name: TokenName,
        scope: Scope,
        lives_for: Duration,
    ) -> Result<MadeToken, MakeTokenError> {
        if !matches!(scope, Scope::Read | Scope::Write) {
            return Err(MakeTokenError::Scope);
        }
        Self::check_token_lifetime(lives_for)?;
        let (_, user) = self.fresh(session).await?;
        if self.store().find_token(id).await?.is_some() {
            return Err(MakeTokenError::MadeBefore);
        }
        let now = self.now();
        let secret = OpaqueToken::new(TokenKind::Personal, id.as_uuid());
        let token = Token {
            id,
            owner: TokenOwner::User(user.id),
            token_epoch: user.token_epoch,
            hash: self.token_keys().hash(secret.expose()),
            name,
            scope,
            created_at: now,
            expires_at: Some(now.plus(lives_for)),
            last_used_at: None,
        };
        let quota = self.tokens_per_user();
        let inserted = match self.store().insert_token(&token, quota).await {
            Ok(inserted) => inserted,
            // Of two requests at once, the id of the slower one is taken.
            Err(error) => match self.store().find_token(id).await? {
                Some((other, _)) if other.hash != token.hash => {
                    return Err(MakeTokenError::MadeBefore);
                }
                _ => return Err(error.into()),
            },
        };
        match inserted {
            TokenInsertion::Done => {}
            TokenInsertion::QuotaReached => return Err(MakeTokenError::TooMany(quota)),
            TokenInsertion::UserGone => return Err(FreshError::SessionEnded.into()),
        }
        tracing::info!(user = %user.id, token = %id, %scope, "made a personal token");
        Ok(MadeToken { token, secret })
    }

    /// Whether a personal access token may live for that long.
    pub fn check_token_lifetime(lives_for: Duration) -> Result<(), MakeTokenError> {
        if (SECOND..=MAX_LIFETIME).contains(&lives_for) {
            Ok(())
        } else {
            Err(MakeTokenError::Lifetime)
        }
    }
}

/// Why no token was created.
#[derive(Debug, thiserror::Error)]
pub enum MakeTokenError {
    /// A personal token is to read or to write.
    #[error("a personal token is to read or to write")]
    Scope,
    /// It would live for less than a second, or for more than 366 days.
    #[error("a personal token lives for 1 second to 366 days")]
    Lifetime,
    /// There is a token with the id that was chosen for this one.
    #[error("this request made a token already; revoke it, and send another request")]
    MadeBefore,
    /// The user has as many personal access tokens as [`Builder::tokens_per_user`](crate::Builder::tokens_per_user)
    /// allows.
    #[error(
        "you have {0} personal access tokens, the most that one account may have; revoke one first"
    )]
    TooMany(u32),
    /// The password has to be proven, or the session is over, or we could not look.
    #[error(transparent)]
    Fresh(#[from] FreshError),
    /// We could not keep it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Wanted, auth::scene::Scene};

    #[tokio::test]
    async fn beyond_the_quota_no_token_is_made_until_one_goes_or_expires() {
        let scene = Scene::settled(|door| door.tokens_per_user(2)).await;
        let session = scene.sign_in(Wanted::DATABASE).await.session.id;
        let make = async |seconds| {
            let name = TokenName::parse("backup").expect("is a name");
            let lives_for = Duration::from_secs(seconds);
            let making = scene
                .guestlist
                .make_token(session, name, Scope::Read, lives_for);
            making.await
        };
        let first = make(60).await.expect("makes").token.id;
        make(120).await.expect("makes");
        assert!(matches!(make(60).await, Err(MakeTokenError::TooMany(2))));
        let retired = scene.guestlist.retire_token(scene.user.id, first).await;
        retired.expect("retires");
        make(10).await.expect("makes");
        assert!(matches!(make(60).await, Err(MakeTokenError::TooMany(2))));
        scene.advance(10);
        make(60)
            .await
            .expect("makes in the place of the expired one");
    }

    #[tokio::test]
    async fn a_request_that_comes_twice_makes_one_token() {
        let scene = Scene::new().await;
        let session = scene.sign_in(Wanted::DATABASE).await.session.id;
        let id = TokenId::new(scene.now());
        let make = async || {
            let name = TokenName::parse("backup").expect("is a name");
            let minute = Duration::from_secs(60);
            let making = scene
                .guestlist
                .make_token_once(session, id, name, Scope::Read, minute);
            making.await
        };
        let made = make().await.expect("makes");
        assert_eq!(made.token.id, id);
        assert!(matches!(make().await, Err(MakeTokenError::MadeBefore)));
        assert!(
            scene.opens(made.secret.expose()).await,
            "the first one stays"
        );
        let tokens = scene.guestlist.list_tokens(scene.user.id, None, 10).await;
        assert_eq!(tokens.expect("lists").len(), 1);
    }

    #[tokio::test]
    async fn a_token_is_made_only_with_a_fresh_proof_a_scope_of_its_kind_and_an_end() {
        let scene = Scene::new().await;
        let session = scene.sign_in(Wanted::DATABASE).await.session.id;
        let make = |scope, lives_for| {
            let name = TokenName::parse("backup").expect("is a name");
            scene.guestlist.make_token(session, name, scope, lives_for)
        };
        let minute = Duration::from_secs(60);
        for scope in [Scope::Account, Scope::Introspect] {
            let refused = make(scope, minute).await;
            assert!(matches!(refused, Err(MakeTokenError::Scope)), "{scope}");
        }
        for lives_for in [SECOND - Duration::from_millis(1), MAX_LIFETIME + SECOND] {
            let refused = make(Scope::Read, lives_for).await;
            assert!(matches!(refused, Err(MakeTokenError::Lifetime)));
        }
        assert!(make(Scope::Read, MAX_LIFETIME).await.is_ok());
        let made = make(Scope::Read, minute).await.expect("makes");
        assert_eq!(made.secret.kind(), TokenKind::Personal);
        let hash = scene.guestlist.token_keys().hash(made.secret.expose());
        assert_eq!(made.token.hash, hash);
        assert_eq!(made.token.owner, TokenOwner::User(scene.user.id));
        scene.advance(600);
        let stale = make(Scope::Read, minute).await;
        assert!(matches!(
            stale,
            Err(MakeTokenError::Fresh(FreshError::ProofRequired))
        ));
    }
}
