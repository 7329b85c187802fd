//! What a command may do with an installation.

/// What a command does with an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It creates a missing installation.
    Makes,
    /// It makes an installation that only it uses, and removes it.
    Rehearses,
    /// It works on an installation that exists.
    Needs,
    /// It works on an installation that exists, and makes or names something with its secret.
    NeedsSecret,
    /// It only examines an installation that exists. The command itself reports key files that
    /// others can read, so these do not stop it.
    Examines,
}
