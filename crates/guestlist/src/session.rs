//! The record behind everything a signed-in client can hold.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    str::FromStr,
    time::Duration,
};

use crate::{Epoch, Scope, SessionId, Timestamp, TokenHash, User, UserId, token::random};

/// Where a sign-in came from, in the client's own words and the network's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// What the client calls itself (`User-Agent`), cut to 200 characters.
    pub device: Option<String>,
    /// The network address the request came from.
    pub address: Option<IpAddr>,
}

impl Client {
    /// Whether both requests came from one network: the same 24 bits of an IPv4 address, or 48 of an IPv6 address, which is
    /// what a provider gives to one customer (RFC 6177). Two unknown addresses are of one network.
    pub(crate) fn is_on_the_network_of(&self, other: &Self) -> bool {
        let network = |client: &Self| {
            client.address.map(|address| match address.to_canonical() {
                IpAddr::V4(address) => {
                    IpAddr::from((address & Ipv4Addr::new(255, 255, 255, 0)).octets())
                }
                IpAddr::V6(address) => {
                    let [a, b, c, ..] = address.segments();
                    IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
                }
            })
        };
        network(self) == network(other)
    }
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

/// How somebody proved to be who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// By the password.
    Password,
}

impl Proof {
    /// The one word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
        }
    }
}

impl FromStr for Proof {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "password" => Ok(Self::Password),
            _ => Err(ProofError),
        }
    }
}

/// The text names no way to prove anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a proof: password")]
pub struct ProofError;

/// One sign-in, and everything that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The name every token of this session carries.
    pub id: SessionId,
    /// Whose session it is.
    pub user_id: UserId,
    /// The user's epoch when the password was read, before it was verified.
    pub epoch: Epoch,
    /// Of the opaque token that opens it, if there is one: without, a JWT does.
    pub secret_hash: Option<TokenHash>,
    /// From when on that token opens nothing; none for a cookie, which lasts as long as the session.
    pub secret_expires_at: Option<Timestamp>,
    /// Of the refresh token, if there is one.
    pub refresh_hash: Option<TokenHash>,
    /// How often it was refreshed.
    pub generation: u32,
    /// When it last was, if ever.
    pub refreshed_at: Option<Timestamp>,
    /// Where it was refreshed from last; nothing if it never was.
    pub refreshed_by: Client,
    /// How often the refresh token before the current one was shown again since.
    pub retries: u32,
    /// See [`Salt`]. Constant.
    pub salt: Salt,
    /// How much it opens.
    pub scope: Scope,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute or so.
    pub last_seen_at: Timestamp,
    /// When the password was last proven.
    pub proven_at: Timestamp,
    /// From when on the session opens nothing, whatever happens.
    pub expires_at: Timestamp,
    /// Unused for so long, it opens nothing any more.
    pub idle_for: Duration,
    /// How the user proved to be the user.
    pub how: Proof,
    /// Where the sign-in came from.
    pub client: Client,
}

impl Session {
    /// A session that nothing opens yet.
    pub(crate) fn new(
        user: &User,
        client: Client,
        now: Timestamp,
        expires_at: Timestamp,
        idle_for: Duration,
    ) -> Self {
        Self {
            id: SessionId::new(now),
            user_id: user.id,
            epoch: user.epoch,
            secret_hash: None,
            secret_expires_at: None,
            refresh_hash: None,
            generation: 0,
            refreshed_at: None,
            refreshed_by: Client::default(),
            retries: 0,
            salt: Salt::new(),
            scope: Scope::Account,
            created_at: now,
            last_seen_at: now,
            proven_at: now,
            expires_at,
            idle_for,
            how: Proof::Password,
            client,
        }
    }

    /// Whether what opens it is a cookie: its secret has no end of its own.
    pub fn is_a_cookies(&self) -> bool {
        self.secret_hash.is_some() && self.secret_expires_at.is_none()
    }

    /// Sorts the sessions of a user who has too many, the first to be ended first: those that open nothing any
    /// more when `new` is made, then those that were last seen longest ago.
    ///
    /// For stores that implement [`SessionStore::insert_session`](crate::SessionStore::insert_session).
    pub fn order_of_ending(&self, new: &Self) -> (bool, Timestamp, SessionId) {
        let now = new.created_at;
        let is_active = self.epoch >= new.epoch
            && now < self.expires_at
            && now < self.last_seen_at.plus(self.idle_for);
        (is_active, self.last_seen_at, self.id)
    }

    /// The rule: whether this session of that user still opens anything.
    pub(crate) fn is_active(&self, user: &User, now: Timestamp) -> bool {
        self.user_id == user.id
            && self.epoch == user.epoch
            && user.disabled_at.is_none()
            && now < self.expires_at
            && now < self.last_seen_at.plus(self.idle_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::user;

    #[test]
    fn a_network_is_24_bits_of_ipv4_and_48_of_ipv6() {
        let client = |address: &str| Client {
            device: None,
            address: address.parse().ok(),
        };
        for (one, other, expected) in [
            ("192.0.2.1", "192.0.2.254", true),
            ("192.0.2.1", "192.0.3.1", false),
            ("192.0.2.1", "::ffff:192.0.2.9", true),
            ("2001:db8:1:2::1", "2001:db8:1:ffff::2", true),
            ("2001:db8:1:2::1", "2001:db8:2:2::1", false),
            ("192.0.2.1", "2001:db8::1", false),
            ("192.0.2.1", "unknown", false),
            ("unknown", "unknown", true),
        ] {
            let same = client(one).is_on_the_network_of(&client(other));
            assert_eq!(same, expected, "{one} {other}");
        }
    }

    #[test]
    fn a_session_lives_while_nothing_at_all_speaks_against_it() {
        let user = user("ada@example.com");
        let (now, minute) = (user.created_at, Duration::from_secs(60));
        let session = Session::new(&user, Client::default(), now, now.plus(minute), minute * 2);
        let with = |change: fn(&mut User)| {
            let mut user = user.clone();
            change(&mut user);
            user
        };
        assert!(session.is_active(&user, now));
        assert!(!session.is_active(&user, now.plus(minute)), "expired");
        let idle = Session {
            idle_for: minute / 2,
            ..session.clone()
        };
        assert!(idle.is_active(&user, now.plus(minute / 3)));
        assert!(
            !idle.is_active(&user, now.plus(minute / 2)),
            "idle too long"
        );
        assert!(
            !session.is_active(&with(|user| user.epoch = user.epoch.next()), now),
            "ended"
        );
        let disabled = with(|user| user.disabled_at = Some(user.created_at));
        assert!(
            !session.is_active(&disabled, now),
            "disabled, whatever the epoch"
        );
        let other = with(|user| user.id = UserId::new(user.created_at));
        assert!(!session.is_active(&other, now), "another user's");
    }
}
