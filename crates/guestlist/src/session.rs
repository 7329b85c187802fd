//! The record of a sign-in, to which all of a client's credentials belong.

use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

use crate::{
    Epoch, Scope, SessionId, Timestamp, TokenHash, User, UserId, network::wider_network,
    token::random,
};

/// The origin of a request, as the client and the network state it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Client {
    /// The client's `User-Agent`, cut to 200 characters.
    pub device: Option<String>,
    /// The IP address of the request.
    pub address: Option<IpAddr>,
}

impl Client {
    /// Whether both requests came from the same network: the same first 24 bits of an IPv4 address,
    /// or 48 of an IPv6 address. A provider gives one customer 48 bits (RFC 6177). Two unknown
    /// addresses count as the same network.
    pub(crate) fn is_on_the_network_of(&self, other: &Self) -> bool {
        let network = |client: &Self| client.address.map(wider_network);
        network(self) == network(other)
    }
}

/// A random value of a record. Of a session, the next tokens are derived from it, from the current
/// refresh token, and from the server's secret. Of a message, the secret of its link is derived
/// from it and from the server's secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Salt([u8; 16]);

impl Salt {
    /// Creates a salt.
    ///
    /// # Panics
    ///
    /// Panics if the operating system gives no randomness.
    pub fn new() -> Self {
        Self(*random())
    }

    /// Restores a salt from its stored bytes ([`as_stored`](Self::as_stored)).
    pub const fn from_stored(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to store.
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

/// How a user signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignInMethod {
    /// With the password.
    Password,
    /// With the password and a code of an authenticator app.
    Totp,
    /// With the password and a recovery code.
    RecoveryCode,
}

impl SignInMethod {
    /// Returns the method's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

impl FromStr for SignInMethod {
    type Err = SignInMethodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "password" => Ok(Self::Password),
            "totp" => Ok(Self::Totp),
            "recovery_code" => Ok(Self::RecoveryCode),
            _ => Err(SignInMethodError),
        }
    }
}

/// The text is not the name of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a sign-in method: password, totp, recovery_code")]
pub struct SignInMethodError;

/// A sign-in, with the hashes of its credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// The id, which every token of this session contains.
    pub id: SessionId,
    /// The session's user.
    pub user_id: UserId,
    /// The user's epoch when the password hash was read, before it was verified.
    pub epoch: Epoch,
    /// The hash of the opaque token, if there is one; without it the access token is a JWT.
    pub secret_hash: Option<TokenHash>,
    /// When the opaque token expires; `None` for a cookie, which is valid as long as the session.
    pub secret_expires_at: Option<Timestamp>,
    /// The hash of the refresh token, if there is one.
    pub refresh_hash: Option<TokenHash>,
    /// How often the session was refreshed.
    pub generation: u32,
    /// When the session was last refreshed; `None` if it never was.
    pub refreshed_at: Option<Timestamp>,
    /// The origin of the last refresh; empty if the session was never refreshed.
    pub refreshed_by: Client,
    /// How often the refresh token of the previous generation was sent again. Zero after each
    /// refresh.
    pub retries: u32,
    /// A random value that never changes; see [`Salt`].
    pub salt: Salt,
    /// What the session's tokens permit.
    pub scope: Scope,
    /// When the user signed in.
    pub created_at: Timestamp,
    /// When the session was last used, to about a minute.
    pub last_seen_at: Timestamp,
    /// When the user last entered the password, and a code of the second factor if there is one.
    pub proven_at: Timestamp,
    /// When the session ends even if it is used.
    pub expires_at: Timestamp,
    /// The time without use after which the session ends.
    pub idle_for: Duration,
    /// How the user signed in.
    pub how: SignInMethod,
    /// The origin of the sign-in.
    pub client: Client,
}

impl Session {
    /// Creates a session without credentials.
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
            how: SignInMethod::Password,
            client,
        }
    }

    /// Whether the session is held by a cookie: then its secret has no expiry of its own.
    pub fn is_cookie_session(&self) -> bool {
        self.secret_hash.is_some() && self.secret_expires_at.is_none()
    }

    /// Returns the sort key for sessions of a user who has too many; the smallest is ended first.
    /// Sessions that have ended when `new` is created come first, then those that were unused
    /// longest.
    ///
    /// It is for stores that implement
    /// [`SessionStore::insert_session`](crate::SessionStore::insert_session).
    pub fn order_of_ending(&self, new: &Self) -> (bool, Timestamp, SessionId) {
        let now = new.created_at;
        let is_active = self.epoch >= new.epoch
            && now < self.expires_at
            && now < self.last_seen_at.plus(self.idle_for);
        (is_active, self.last_seen_at, self.id)
    }

    /// Whether this session of this user is active.
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
    fn a_session_is_active_until_any_reason_ends_it() {
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
