//! The record of a long-lived token for a program: a personal access token or a service token.

use std::fmt;

use super::TokenHash;
use crate::{Epoch, Scope, Timestamp, TokenId, User, UserId, UserName, UserNameError};

/// A token that does not belong to a session. Its secret is stored as a hash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// The id, which the token itself contains.
    pub id: TokenId,
    /// The user or service that the token belongs to.
    pub owner: TokenOwner,
    /// The owner's [`User::token_epoch`] at the token's creation; zero for a service.
    pub token_epoch: Epoch,
    /// The hash of the token.
    pub hash: TokenHash,
    /// The name that its owner gave it.
    pub name: TokenName,
    /// What the token permits.
    pub scope: Scope,
    /// When the token was created.
    pub created_at: Timestamp,
    /// When the token expires; a service token may have no end.
    pub expires_at: Option<Timestamp>,
    /// When the token was last used, to about a minute, if it ever was.
    pub last_used_at: Option<Timestamp>,
}

/// The owner of a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TokenOwner {
    /// A user, for whom the token acts.
    User(UserId),
    /// A service, which has only a name.
    Service(TokenName),
}

/// The name of a token or a service: one line of text, at most 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenName(UserName);

impl TokenName {
    /// Parses a name; whitespace around it is removed.
    ///
    /// # Errors
    ///
    /// The name breaks a rule for user names, except that `@` is allowed.
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        UserName::line(text).map(Self)
    }

    /// Restores a name from its stored text ([`as_str`](Self::as_str)).
    pub fn from_stored(text: String) -> Self {
        Self(UserName::from_stored(text))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TokenOwner {
    /// Returns the user, if the owner is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(*id),
            Self::Service(_) => None,
        }
    }
}

impl Token {
    /// Whether the token is active. A personal access token also needs its user.
    pub(crate) fn is_active(&self, owner: Option<&User>, now: Timestamp) -> bool {
        let owner_lets = match &self.owner {
            TokenOwner::Service(_) => true,
            TokenOwner::User(id) => owner.is_some_and(|user| {
                user.id == *id && user.token_epoch == self.token_epoch && user.disabled_at.is_none()
            }),
        };
        owner_lets && self.expires_at.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::user;

    fn token(owner: TokenOwner, now: Timestamp) -> Token {
        Token {
            id: TokenId::new(now),
            owner,
            token_epoch: Epoch::default(),
            hash: TokenHash::from_stored(&[0; 40]),
            name: TokenName::parse("backup").expect("is a name"),
            scope: Scope::Read,
            created_at: now,
            expires_at: Some(now.plus(Duration::from_secs(60))),
            last_used_at: None,
        }
    }

    #[test]
    fn a_personal_token_is_active_until_any_reason_ends_it() {
        let user = user("ada@example.com");
        let now = user.created_at;
        let token = token(TokenOwner::User(user.id), now);
        let with = |change: fn(&mut User)| {
            let mut user = user.clone();
            change(&mut user);
            user
        };
        assert!(token.is_active(Some(&user), now));
        assert!(!token.is_active(None, now), "no user");
        let after = now.plus(Duration::from_secs(60));
        assert!(!token.is_active(Some(&user), after), "expired");
        let ended = with(|user| user.token_epoch = user.token_epoch.next());
        assert!(!token.is_active(Some(&ended), now), "ended");
        let disabled = with(|user| user.disabled_at = Some(user.created_at));
        assert!(!token.is_active(Some(&disabled), now), "disabled");
        let other = with(|user| user.id = UserId::new(user.created_at));
        assert!(!token.is_active(Some(&other), now), "another user's");
        let sessions_ended = with(|user| user.epoch = user.epoch.next());
        assert!(
            token.is_active(Some(&sessions_ended), now),
            "it belongs to no session"
        );
    }

    #[test]
    fn a_service_token_needs_no_user_and_may_have_no_end() {
        let now = Timestamp::from_millis(0);
        let name = TokenName::parse("gateway").expect("is a name");
        let mut token = token(TokenOwner::Service(name), now);
        assert!(token.is_active(None, now));
        assert!(!token.is_active(None, now.plus(Duration::from_secs(60))));
        token.expires_at = None;
        assert!(token.is_active(None, Timestamp::from_millis(i64::MAX)));
    }
}
