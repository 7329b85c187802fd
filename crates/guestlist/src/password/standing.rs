//! What happens to a stored hash.

/// What happens to a stored hash at its owner's next sign-in, with the current settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashStanding {
    /// The hash has the scheme and cost of new hashes, and stays.
    Current,
    /// The hash has another scheme or cost, and is replaced.
    Outdated,
    /// The hash is plain bcrypt, which reads at most 72 bytes. It is replaced, unless the password
    /// is longer or has a NUL, because then it is unknown whether the rest was right.
    Cut,
    /// The settings do not list the hash's scheme: no password matches.
    NotListed,
    /// The format is unknown, or the hash is too expensive to compute: no password matches.
    Unreadable,
}
