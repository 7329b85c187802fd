//! The records of a user's second factor: the secret of an authenticator app, and recovery codes.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use subtle::ConstantTimeEq;

use crate::{FactorId, Timestamp, UserId};

/// The kind of a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactorKind {
    /// Codes of an authenticator app (TOTP, RFC 6238).
    Totp,
}

impl FactorKind {
    /// Returns the kind's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
        }
    }
}

impl FromStr for FactorKind {
    type Err = FactorKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "totp" => Ok(Self::Totp),
            _ => Err(FactorKindError),
        }
    }
}

/// The text is not the name of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of second factor: totp")]
pub struct FactorKindError;

/// A second factor of a user. A user has at most one of each kind.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Factor {
    /// The id.
    pub id: FactorId,
    /// The user.
    pub user_id: UserId,
    /// The kind.
    pub kind: FactorKind,
    /// The secret, encrypted with a key derived from the server's secret: 49 bytes.
    pub sealed_secret: Vec<u8>,
    /// The last time step whose code was used (RFC 6238, section 4.2): the seconds since 1970,
    /// divided by 30. Zero before the first code.
    pub last_step: i64,
    /// When the secret was made.
    pub created_at: Timestamp,
    /// When the user entered the first code. Without it, the factor does not count.
    pub confirmed_at: Option<Timestamp>,
    /// When a code of the factor was last accepted.
    pub last_used_at: Option<Timestamp>,
}

impl fmt::Debug for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Factor")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("kind", &self.kind)
            .field("last_step", &self.last_step)
            .field("created_at", &self.created_at)
            .field("confirmed_at", &self.confirmed_at)
            .field("last_used_at", &self.last_used_at)
            .finish_non_exhaustive()
    }
}

/// The stored form of a recovery code: an HMAC-SHA-256 (RFC 2104) of the user's id and the code,
/// under a key derived from the server's secret. `==` takes constant time.
#[derive(Clone, Copy)]
pub struct RecoveryCodeHash([u8; 32]);

impl RecoveryCodeHash {
    /// Restores a hash from its stored bytes ([`as_stored`](Self::as_stored)).
    pub const fn from_stored(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to store.
    pub fn as_stored(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for RecoveryCodeHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for RecoveryCodeHash {}

impl Hash for RecoveryCodeHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

impl fmt::Debug for RecoveryCodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodeHash(…)")
    }
}

/// The unused recovery codes of a user. A user has one record at most.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecoveryCodes {
    /// The user.
    pub user_id: UserId,
    /// The hashes of the unused codes, at most ten.
    pub hashes: Vec<RecoveryCodeHash>,
    /// When the codes were made.
    pub created_at: Timestamp,
}

impl RecoveryCodes {
    /// How many codes a user gets.
    pub const MANY: u32 = 10;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_hashes_cannot_be_printed() {
        let now = Timestamp::from_millis(1);
        let factor = Factor {
            id: FactorId::new(now),
            user_id: UserId::new(now),
            kind: FactorKind::Totp,
            sealed_secret: b"sealed".to_vec(),
            last_step: 0,
            created_at: now,
            confirmed_at: None,
            last_used_at: None,
        };
        let shown = format!("{factor:?}");
        assert!(shown.contains("Totp"), "{shown}");
        assert!(!shown.contains("115, 101") && !shown.contains("sealed"));
        let hash = RecoveryCodeHash::from_stored([7; 32]);
        assert_eq!(format!("{hash:?}"), "RecoveryCodeHash(…)");
    }
}
