//! What becomes of a stored hash here.

/// What becomes of a stored hash at its owner's next sign-in, under the settings in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashStanding {
    /// It is what would be made now, by scheme and by cost.
    Current,
    /// It is of another scheme or cost, and is replaced.
    Outdated,
    /// It is plain bcrypt, which saw 72 bytes at most: it is replaced unless the password is longer
    /// than that or has a NUL, because nobody could tell whether the rest was right.
    Cut,
    /// The settings leave its scheme out: no password matches.
    NotListed,
    /// It is of no format that is read here, or beyond what is computed: no password matches.
    Unreadable,
}
