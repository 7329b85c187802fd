//! Why a cost of new hashes is refused.

use super::Scheme;

/// The cost is below the minimum or above the limit, or its form is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordCostError {
    /// The cost for Argon2id is invalid; see
    /// [`PasswordCost::argon2id`](crate::PasswordCost::argon2id).
    #[error(
        "Argon2id needs m=MEMORY,t=PASSES,p=1: at least m=19456,t=2 or m=47104,t=1 or m=12288,t=3 (OWASP ASVS 5.0, appendix C). At most m=262144 with m·t=1048576"
    )]
    Argon2id,
    /// The cost for bcrypt is invalid; see [`PasswordCost::bcrypt`](crate::PasswordCost::bcrypt).
    #[error("bcrypt needs a cost from 10 (OWASP ASVS 5.0, appendix C) to 15")]
    Bcrypt,
    /// The cost for scrypt is invalid; see [`PasswordCost::scrypt`](crate::PasswordCost::scrypt).
    #[error(
        "scrypt needs ln=…,r=…,p=…: at least ln=17,r=8,p=1 or ln=16,r=8,p=2 or ln=15,r=8,p=3 (OWASP ASVS 5.0, appendix C). At most 256 MiB and N·r·p=4194304"
    )]
    Scrypt,
    /// The number of iterations is invalid; see
    /// [`PasswordCost::pbkdf2_sha256`](crate::PasswordCost::pbkdf2_sha256).
    #[error(
        "PBKDF2 with SHA-256 needs from 600000 (OWASP ASVS 5.0, appendix C) to 10000000 iterations"
    )]
    Pbkdf2Sha256,
    /// The scheme makes no new hashes here.
    #[error("{0} is only read here: use argon2, bcrypt, scrypt or pbkdf2 for new hashes")]
    OnlyRead(Scheme),
}
