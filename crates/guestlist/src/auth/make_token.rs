//! A user creates a personal access token.

use std::time::Duration;

use crate::{
    Guestlist, OpaqueToken, ReauthenticatedError, Scope, SecurityEventKind, SessionId, StoreError,
    Token, TokenId, TokenInsertion, TokenKind, TokenName, TokenOwner, counted, detail,
};

const SECOND: Duration = Duration::from_secs(1);
/// The longest lifetime: users forget tokens that are valid for longer.
const MAX_LIFETIME: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A new token. Its secret is shown only once.
#[derive(Debug)]
pub struct MadeToken {
    /// The stored record.
    pub token: Token,
    /// The token itself.
    pub secret: OpaqueToken,
}

impl Guestlist {
    /// Creates a personal access token for the session's user, with read or write scope and a
    /// lifetime of one second to 366 days. The user must have reauthenticated a moment ago.
    pub async fn make_token(
        &self,
        session: SessionId,
        name: TokenName,
        scope: Scope,
        lifetime: Duration,
    ) -> Result<MadeToken, MakeTokenError> {
        let id = TokenId::new(self.now());
        self.make_token_once(session, id, name, scope, lifetime)
            .await
    }

    /// Creates a token as [`make_token`](Self::make_token) does, for a request that may come twice.
    /// Its sender has chosen the id beforehand, so the second request creates no other token.
    ///
    /// # Errors
    ///
    /// [`MakeTokenError::MadeBefore`] if there is a token with that id. Its secret cannot be shown
    /// again.
    pub async fn make_token_once(
        &self,
        session: SessionId,
        id: TokenId,
        name: TokenName,
        scope: Scope,
        lifetime: Duration,
    ) -> Result<MadeToken, MakeTokenError> {
        if !matches!(scope, Scope::Read | Scope::Write) {
            return Err(MakeTokenError::Scope);
        }
        Self::check_token_lifetime(lifetime)?;
        let (_, user) = self.check_reauthenticated(session).await?;
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
            expires_at: Some(now.plus(lifetime)),
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
            TokenInsertion::UserGone => return Err(ReauthenticatedError::SessionEnded.into()),
        }
        let event = self.event(user.id, SecurityEventKind::TokenMade);
        let event = event
            .with(detail::TOKEN, id)
            .with(detail::NAME, token.name.as_str())
            .with(detail::SCOPE, scope);
        self.record_event(event).await;
        Ok(MadeToken { token, secret })
    }

    /// Checks the lifetime of a personal access token.
    pub fn check_token_lifetime(lifetime: Duration) -> Result<(), MakeTokenError> {
        if (SECOND..=MAX_LIFETIME).contains(&lifetime) {
            Ok(())
        } else {
            Err(MakeTokenError::Lifetime)
        }
    }
}

/// Why no token was created.
#[derive(Debug, thiserror::Error)]
pub enum MakeTokenError {
    /// The scope is neither read nor write.
    #[error("a personal access token has read or write scope")]
    Scope,
    /// The lifetime is less than a second or more than 366 days.
    #[error("a personal access token must be valid for 1 second to 366 days")]
    Lifetime,
    /// There is a token with the id that was chosen for this one.
    #[error("this request made a token already; revoke it, and send another request")]
    MadeBefore,
    /// The user has as many personal access tokens as
    /// [`Builder::tokens_per_user`](crate::Builder::tokens_per_user) allows.
    #[error(
        "you have {}, the most that one account may have; revoke one first",
        counted(*.0, "personal access token")
    )]
    TooMany(u32),
    /// The user must reauthenticate, the session has ended, or the store failed.
    #[error(transparent)]
    Reauthenticated(#[from] ReauthenticatedError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Wanted, auth::fixture::Fixture};

    #[tokio::test]
    async fn beyond_the_quota_no_token_is_created_until_one_is_revoked_or_expires() {
        let fixture = Fixture::with(|builder| builder.tokens_per_user(2)).await;
        let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
        let make = async |seconds| {
            let name = TokenName::parse("backup").expect("is a name");
            let lifetime = Duration::from_secs(seconds);
            let making = fixture
                .guestlist
                .make_token(session, name, Scope::Read, lifetime);
            making.await
        };
        let first = make(60).await.expect("makes").token.id;
        make(120).await.expect("makes");
        assert!(matches!(make(60).await, Err(MakeTokenError::TooMany(2))));
        let retired = fixture.guestlist.retire_token(fixture.user.id, first).await;
        retired.expect("retires");
        make(10).await.expect("makes");
        assert!(matches!(make(60).await, Err(MakeTokenError::TooMany(2))));
        fixture.advance(10);
        make(60)
            .await
            .expect("makes in the place of the expired one");
    }

    #[tokio::test]
    async fn a_repeated_request_creates_one_token() {
        let fixture = Fixture::new().await;
        let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
        let id = TokenId::new(fixture.now());
        let make = async || {
            let name = TokenName::parse("backup").expect("is a name");
            let minute = Duration::from_secs(60);
            let making = fixture
                .guestlist
                .make_token_once(session, id, name, Scope::Read, minute);
            making.await
        };
        let made = make().await.expect("makes");
        assert_eq!(made.token.id, id);
        assert!(matches!(make().await, Err(MakeTokenError::MadeBefore)));
        assert!(
            fixture.opens(made.secret.expose()).await,
            "the first one stays"
        );
        let tokens = fixture
            .guestlist
            .list_tokens(fixture.user.id, None, 10)
            .await;
        assert_eq!(tokens.expect("lists").len(), 1);
    }

    #[tokio::test]
    async fn a_token_needs_recent_reauthentication_a_valid_scope_and_a_lifetime() {
        let fixture = Fixture::new().await;
        let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
        let make = |scope, lifetime| {
            let name = TokenName::parse("backup").expect("is a name");
            fixture.guestlist.make_token(session, name, scope, lifetime)
        };
        let minute = Duration::from_secs(60);
        for scope in [Scope::Account, Scope::Introspect] {
            let refused = make(scope, minute).await;
            assert!(matches!(refused, Err(MakeTokenError::Scope)), "{scope}");
        }
        for lifetime in [SECOND - Duration::from_millis(1), MAX_LIFETIME + SECOND] {
            let refused = make(Scope::Read, lifetime).await;
            assert!(matches!(refused, Err(MakeTokenError::Lifetime)));
        }
        assert!(make(Scope::Read, MAX_LIFETIME).await.is_ok());
        let made = make(Scope::Read, minute).await.expect("makes");
        assert_eq!(made.secret.kind(), TokenKind::Personal);
        let hash = fixture.guestlist.token_keys().hash(made.secret.expose());
        assert_eq!(made.token.hash, hash);
        assert_eq!(made.token.owner, TokenOwner::User(fixture.user.id));
        fixture.advance(600);
        let stale = make(Scope::Read, minute).await;
        assert!(matches!(
            stale,
            Err(MakeTokenError::Reauthenticated(
                ReauthenticatedError::Required
            ))
        ));
    }
}
