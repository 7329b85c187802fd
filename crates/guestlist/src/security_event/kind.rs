//! The kinds of security events, with their stable names.

use std::{fmt, str::FromStr};

/// Declares the kinds: the variant, the stable name, how many are stored an hour, and the text for
/// the log.
macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident = $name:literal, $most:expr, $log:literal;)+) => {
        /// The kind of a [`SecurityEvent`](crate::SecurityEvent).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum SecurityEventKind {
            $($(#[$about])* $kind,)+
        }

        impl SecurityEventKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Returns the stable name, which clients and the store know.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// How many events of this kind are stored for one user in one hour. Further ones are
            /// only counted in the newest entry of the kind. Every event is logged.
            pub const fn most_an_hour(self) -> u32 {
                match self {
                    $(Self::$kind => $most,)+
                }
            }

            /// Returns the text of the log line.
            pub(super) const fn log_text(self) -> &'static str {
                match self {
                    $(Self::$kind => $log,)+
                }
            }
        }
    };
}

/// For events that a stranger can cause.
const OF_A_STRANGER: u32 = 10;
/// For events that only the user or an administrator can cause.
const OF_THE_USER: u32 = 100;

kinds! {
    /// The user signed in.
    SignIn = "sign_in", OF_THE_USER, "signed in";
    /// A sign-in was refused; the detail `reason` says why.
    SignInRefused = "sign_in_refused", OF_A_STRANGER, "sign-in refused";
    /// A signed-in user entered a wrong password, to reauthenticate or to change the password.
    ReauthenticationRefused = "reauthentication_refused", OF_A_STRANGER, "wrong password in a session";
    /// A session was ended by its own credential.
    SignOut = "sign_out", OF_THE_USER, "signed out";
    /// The user ended one session, or it ended because there were too many.
    SessionEnded = "session_ended", OF_THE_USER, "ended a session";
    /// The user ended all sessions except the current one.
    OtherSessionsEnded = "other_sessions_ended", OF_THE_USER, "ended all other sessions";
    /// An operator ended all sessions and personal access tokens.
    AllSessionsEnded = "all_sessions_ended", OF_THE_USER, "ended all sessions and personal access tokens";
    /// A used refresh token was sent again. It may have been copied.
    RefreshReused = "refresh_reused", OF_A_STRANGER, "security: a refresh token was used again";
    /// The user changed the password.
    PasswordChanged = "password_changed", OF_THE_USER, "password changed";
    /// An administrator set the password.
    PasswordSetByAdmin = "password_set_by_admin", OF_THE_USER, "password set";
    /// A link to reset the password was asked for.
    PasswordResetRequested = "password_reset_requested", OF_A_STRANGER, "password reset requested";
    /// The password was reset with a link.
    PasswordReset = "password_reset", OF_THE_USER, "password reset";
    /// An administrator made a link to reset the password.
    ResetLinkMade = "reset_link_made", OF_THE_USER, "made a link to reset the password";
    /// The user asked for another e-mail address.
    EmailChangeRequested = "email_change_requested", OF_THE_USER, "e-mail change requested";
    /// The e-mail address was changed.
    EmailChanged = "email_changed", OF_THE_USER, "e-mail address changed";
    /// A change of the e-mail address was undone.
    EmailChangeUndone = "email_change_undone", OF_THE_USER, "e-mail change undone";
    /// The e-mail address was verified.
    EmailVerified = "email_verified", OF_THE_USER, "e-mail address verified";
    /// The name was changed.
    NameChanged = "name_changed", OF_THE_USER, "name changed";
    /// The user created a personal access token.
    TokenMade = "token_made", OF_THE_USER, "created a personal access token";
    /// A personal access token was revoked.
    TokenRevoked = "token_revoked", OF_THE_USER, "revoked a token";
    /// A second factor was added.
    SecondFactorAdded = "second_factor_added", OF_THE_USER, "second factor added";
    /// A second factor was removed.
    SecondFactorRemoved = "second_factor_removed", OF_THE_USER, "second factor removed";
    /// A recovery code was used in place of the second factor.
    RecoveryCodeUsed = "recovery_code_used", OF_THE_USER, "recovery code used";
    /// New recovery codes were made.
    RecoveryCodesMade = "recovery_codes_made", OF_THE_USER, "recovery codes made";
    /// Further tries to sign in are refused for a while.
    LockedOut = "locked_out", OF_A_STRANGER, "too many tries to sign in";
    /// An administrator ended the wait after too many tries.
    Unlocked = "unlocked", OF_THE_USER, "unlocked";
    /// The account was created.
    SignedUp = "signed_up", OF_THE_USER, "signed up";
    /// An administrator approved the account.
    Approved = "approved", OF_THE_USER, "approved";
    /// An administrator disabled the account.
    Disabled = "disabled", OF_THE_USER, "disabled";
    /// An administrator enabled the account.
    Enabled = "enabled", OF_THE_USER, "enabled";
    /// The role was changed.
    RoleChanged = "role_changed", OF_THE_USER, "role changed";
    /// An administrator took an event that the user created out of all lists. The detail `reason`
    /// has the administrator's words.
    EventUnlisted = "event_unlisted", OF_THE_USER, "an administrator unlisted an event of the user";
    /// An administrator deleted an event that the user created. The detail `reason` has the
    /// administrator's words.
    EventDeleted = "event_deleted", OF_THE_USER, "an administrator deleted an event of the user";
    /// The account was deleted. The event is only logged: its entries are deleted too.
    Deleted = "deleted", OF_THE_USER, "deleted";
    /// The user exported the data of the account.
    Exported = "exported", OF_THE_USER, "exported the data of the account";
    /// The user said that an event was not theirs.
    NotMe = "not_me", OF_THE_USER, "the user said that an event was not theirs";
}

impl SecurityEventKind {
    /// Whether the log line is a warning: the event may be an attack.
    pub const fn is_warning(self) -> bool {
        matches!(
            self,
            Self::SignInRefused
                | Self::ReauthenticationRefused
                | Self::RefreshReused
                | Self::LockedOut
                | Self::NotMe
        )
    }
}

impl fmt::Display for SecurityEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SecurityEventKind {
    type Err = SecurityEventKindError;

    fn from_str(text: &str) -> Result<Self, SecurityEventKindError> {
        let mut all = Self::ALL.iter().copied();
        all.find(|kind| kind.as_str() == text)
            .ok_or(SecurityEventKindError)
    }
}

/// The text names no kind of security event. A newer version may have stored it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of security event")]
pub struct SecurityEventKindError;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_words_and_come_back() {
        let all = SecurityEventKind::ALL;
        let names: HashSet<_> = all.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(names.len(), all.len());
        for kind in all {
            let name = kind.as_str();
            assert_eq!(name.parse(), Ok(*kind));
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
        assert!("signed_in".parse::<SecurityEventKind>().is_err());
    }
}
