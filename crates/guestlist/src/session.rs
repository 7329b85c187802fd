//! The record behind everything a signed-in client can hold.

use std::{fmt, net::IpAddr, time::Duration};

use crate::{Epoch, SessionId, Timestamp, User, UserId, token::random};

/// Where a sign-in came from, in the client's own words and the network's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// What the client calls itself (`User-Agent`), cut to 200 characters.
    pub device: Option<String>,
    /// The network address the request came from.
    pub address: Option<IpAddr>,
}

/// What makes the tokens of one session follow each other otherwise than those of any other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 16]);

impl Salt {
    /// A new one.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn new() -> Self {
        Self(*random())
    }

    /// The salt a store has kept, as [`as_stored`](Self::as_stored) gave it.
    pub const fn from_stored(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The salt for a store to keep.
    pub fn as_stored(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Default for Salt {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The name every token of this session carries.
    pub id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
    /// The user's epoch when the password was read, before it was verified.
    pub epoch: Epoch,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// From when on the session opens nothing.
    pub expires_at: Timestamp,
    /// Where the sign-in came from.
    pub client: Client,
}

impl Session {
    pub(crate) fn new(user: &User, client: Client, now: Timestamp, lifetime: Duration) -> Self {
        Self {
            id: SessionId::new(now),
            user_id: user.id,
            epoch: user.epoch,
            created_at: now,
            expires_at: now.plus(lifetime),
            client,
        }
    }

    /// The rule: whether this session of that user still opens anything.
    pub(crate) fn lives(&self, user: &User, now: Timestamp) -> bool {
        self.user_id == user.id
            && self.epoch == user.epoch
            && user.disabled_at.is_none()
            && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::user;

    #[test]
    fn a_session_lives_while_nothing_at_all_speaks_against_it() {
        let user = user("ada@example.com");
        let (now, minute) = (user.created_at, Duration::from_secs(60));
        let session = Session::new(&user, Client::default(), now, minute);
        let with = |change: fn(&mut User)| {
            let mut user = user.clone();
            change(&mut user);
            user
        };
        assert!(session.lives(&user, now));
        assert!(!session.lives(&user, now.plus(minute)), "expired");
        assert!(
            !session.lives(&with(|user| user.epoch = user.epoch.next()), now),
            "ended"
        );
        let disabled = with(|user| user.disabled_at = Some(user.created_at));
        assert!(
            !session.lives(&disabled, now),
            "disabled, whatever the epoch"
        );
        let other = with(|user| user.id = UserId::new(user.created_at));
        assert!(!session.lives(&other, now), "another user's");
    }
}
