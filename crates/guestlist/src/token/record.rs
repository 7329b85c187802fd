//! The record behind a token that somebody made for a program: a personal one, or a service's.

use std::fmt;

use super::TokenHash;
use crate::{Epoch, Scope, Timestamp, TokenId, User, UserId, UserName, UserNameError};

/// A token that outlives sessions. What opens it is stored as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The name the token itself carries.
    pub id: TokenId,
    /// Whose it is.
    pub owner: TokenOwner,
    /// The owner's [`User::token_epoch`] when it was made; zero for a service.
    pub token_epoch: Epoch,
    /// What the token is compared with.
    pub hash: TokenHash,
    /// What its owner calls it.
    pub name: TokenName,
    /// How much it opens.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it opens nothing; a service's may have none.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute or so, if it ever was.
    pub last_used_at: Option<Timestamp>,
}

/// Whose a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenOwner {
    /// A user's: it opens what is theirs.
    User(UserId),
    /// A service's, which is nothing but its name.
    Service(TokenName),
}

/// What a token, or a service, is called: one line of text, at most 200 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenName(UserName);

impl TokenName {
    /// Reads a name; what is blank around it is dropped.
    ///
    /// # Errors
    ///
    /// What is wrong with it, by the same rule as a user's, except that an `@` may be in it.
    pub fn parse(text: &str) -> Result<Self, UserNameError> {
        UserName::line(text).map(Self)
    }

    /// The name a store has kept, as [`as_str`](Self::as_str) gave it.
    pub fn from_stored(text: String) -> Self {
        Self(UserName::from_stored(text))
    }

    /// The name.
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
    /// The user, if it is one.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(*id),
            Self::Service(_) => None,
        }
    }
}

impl Token {
    /// The rule: whether this token still opens anything. A user's needs its user.
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
    fn a_personal_token_lives_while_nothing_at_all_speaks_against_it() {
        let user = user("ada@example.com");
        let now = user.created_at;
        let token = token(TokenOwner::User(user.id), now);
        let with = |change: fn(&mut User)| {
            let mut user = user.clone();
            change(&mut user);
            user
        };
        assert!(token.is_active(Some(&user), now));
        assert!(!token.is_active(None, now), "nobody's");
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
            "it is no session"
        );
    }

    #[test]
    fn a_service_needs_nobody_and_may_live_for_ever() {
        let now = Timestamp::from_millis(0);
        let name = TokenName::parse("gateway").expect("is a name");
        let mut token = token(TokenOwner::Service(name), now);
        assert!(token.is_active(None, now));
        assert!(!token.is_active(None, now.plus(Duration::from_secs(60))));
        token.expires_at = None;
        assert!(token.is_active(None, Timestamp::from_millis(i64::MAX)));
    }
}
