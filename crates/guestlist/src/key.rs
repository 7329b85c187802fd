//! The record of a key that signs tokens, where keys are kept in the store.

use crate::Timestamp;

/// A signing key as it is stored: plain text and bytes, which say nothing without the installation's
/// secret. What they mean is decided elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name tokens carry in their header (RFC 7515, section 4.1.4); unique.
    pub kid: String,
    /// The one algorithm it is for, as RFC 7518 and RFC 8037 spell it.
    pub algorithm: String,
    /// The private part, sealed under a key derived from the secret.
    pub sealed: Vec<u8>,
    /// The public part as a JSON Web Key (RFC 7517).
    pub public: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs: later than every node knows it.
    pub signs_from: Timestamp,
    /// From when on it signs nothing.
    pub signs_until: Timestamp,
    /// From when on it verifies nothing: its last token has expired.
    pub verifies_until: Timestamp,
}
