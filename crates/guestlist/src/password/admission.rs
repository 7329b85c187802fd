//! The password hashes of other systems that an import accepts.

use std::time::Duration;

use super::{Scheme, UnreadableHash};

/// Why an import refuses a password hash. Completes "the password hash …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashRefusal {
    /// No password would match the hash.
    #[error(transparent)]
    Unreadable(#[from] UnreadableHash),
    /// One verification would cost more than the limit.
    #[error(transparent)]
    Slow(#[from] SlowHash),
}

/// One verification of a password hash costs more than
/// [`Builder::import_hash_limit`](crate::Builder::import_hash_limit).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "is too slow: one try of {scheme} with {parameters} takes about {} s on this machine, and {} s are allowed",
    shown(*.cost),
    shown(*.limit)
)]
pub struct SlowHash {
    /// The scheme.
    pub scheme: Scheme,
    /// The parameters, as the scheme writes them: `iterations=10000000`.
    pub parameters: String,
    /// The time of one verification, estimated from a measurement on this machine.
    pub cost: Duration,
    /// The limit.
    pub limit: Duration,
}

/// Formats a time in seconds, with two decimals.
fn shown(duration: Duration) -> String {
    let hundredths = duration.as_millis().div_ceil(10);
    let (seconds, rest) = (hundredths / 100, hundredths % 100);
    format!("{seconds}.{rest:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_scheme_parameters_cost_and_limit() {
        let slow = SlowHash {
            scheme: Scheme::Pbkdf2,
            parameters: "iterations=10000000".to_owned(),
            cost: Duration::from_millis(4_638),
            limit: Duration::from_millis(500),
        };
        assert_eq!(
            HashRefusal::from(slow).to_string(),
            "is too slow: one try of pbkdf2 with iterations=10000000 takes about 4.64 s on this machine, and 0.50 s \
             are allowed"
        );
    }
}
