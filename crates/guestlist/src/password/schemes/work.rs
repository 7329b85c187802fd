//! The work of verifying a hash, in units that follow from the hash's parameters. How long a unit
//! takes on this machine is in `estimate.rs`.

/// Computations whose units take the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A unit is one KiB in one pass.
    Argon2,
    /// A unit is one round; there are 2^cost rounds.
    Bcrypt,
    /// A unit is one mixing of 128 bytes; there are N·r·p units.
    Scrypt,
    /// A unit is one iteration for one block of output.
    Pbkdf2Sha1,
    Pbkdf2Sha256,
    Pbkdf2Sha512,
    /// A unit is one round over 64 bytes.
    Sha256Crypt,
    Sha512Crypt,
}

impl Kind {
    pub(super) const ALL: [Self; 8] = [
        Self::Argon2,
        Self::Bcrypt,
        Self::Scrypt,
        Self::Pbkdf2Sha1,
        Self::Pbkdf2Sha256,
        Self::Pbkdf2Sha512,
        Self::Sha256Crypt,
        Self::Sha512Crypt,
    ];

    /// Returns the position in [`ALL`](Self::ALL).
    pub(super) fn index(self) -> usize {
        Self::ALL
            .iter()
            .position(|kind| *kind == self)
            .unwrap_or_default()
    }
}

/// The work of one verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    pub(super) kind: Kind,
    pub(super) units: u64,
}

impl Work {
    /// Returns the product of the factors, in units of this kind.
    pub(super) fn of(kind: Kind, factors: &[u64]) -> Self {
        let units = factors
            .iter()
            .fold(1_u64, |product, factor| product.saturating_mul(*factor));
        Self { kind, units }
    }

    /// Returns the work of this many repetitions.
    pub(crate) fn times(self, times: usize) -> Self {
        let times = u64::try_from(times).unwrap_or(u64::MAX);
        Self {
            units: self.units.saturating_mul(times),
            ..self
        }
    }
}
