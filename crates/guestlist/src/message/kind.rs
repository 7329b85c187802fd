//! The kinds of messages.

use std::{fmt, str::FromStr};

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageKind {
    /// Asks the user to verify the address of the account, by link or code.
    VerifyEmail,
    /// Lets the user set another password. No account may have the address: then it is dropped.
    ResetPassword,
    /// A link for another password that an administrator hands over. It is never sent.
    ResetLink,
    /// Asks the user to confirm another address, by link or code. It goes to that address.
    ChangeEmail,
    /// Tells the old address that the account has another one, with a link that undoes it.
    EmailChanged,
    /// Tells the user that the password was changed.
    PasswordChanged,
    /// Tells the user that a new device signed in.
    NewDevice,
    /// Tells the user that a second factor was added or removed, or that recovery codes were made.
    SecondFactorChanged,
    /// Tells the user that a recovery code was used.
    RecoveryCodeUsed,
    /// Tells the user what an administrator did to the account.
    AccountChanged,
    /// Invites to sign up.
    Invitation,
    /// Tells the user that the address, which was used to sign up, already has an account.
    SignUpOnKnownAddress,
    /// Tells an administrator that a new account waits for approval.
    ApprovalNeeded,
    /// Tells the user that the account was approved.
    Approved,
    /// Tells the user that an administrator removed an event of theirs, and why.
    EventRemoved,
}

/// What an insertion does with an earlier message of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRepeat {
    /// Nothing: each message stays.
    Insert,
    /// Ends the link of the earlier message, and drops its mail if it still waits.
    Supersede,
    /// Sends the earlier message again while its link is active, and inserts nothing. Otherwise a
    /// stranger who keeps asking would end every link that the owner gets.
    Resend,
}

impl MessageKind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::VerifyEmail,
        Self::ResetPassword,
        Self::ResetLink,
        Self::ChangeEmail,
        Self::EmailChanged,
        Self::PasswordChanged,
        Self::NewDevice,
        Self::SecondFactorChanged,
        Self::RecoveryCodeUsed,
        Self::AccountChanged,
        Self::Invitation,
        Self::SignUpOnKnownAddress,
        Self::ApprovalNeeded,
        Self::Approved,
        Self::EventRemoved,
    ];

    /// Returns the stored name, which administrators see too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ResetLink => "reset_link",
            Self::ChangeEmail => "change_email",
            Self::EmailChanged => "email_changed",
            Self::PasswordChanged => "password_changed",
            Self::NewDevice => "new_device",
            Self::SecondFactorChanged => "second_factor_changed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::AccountChanged => "account_changed",
            Self::Invitation => "invitation",
            Self::SignUpOnKnownAddress => "sign_up_on_known_address",
            Self::ApprovalNeeded => "approval_needed",
            Self::Approved => "approved",
            Self::EventRemoved => "event_removed",
        }
    }

    /// Returns what an insertion does with an earlier message of this kind for the same user.
    pub const fn on_repeat(self) -> OnRepeat {
        match self {
            Self::VerifyEmail | Self::ChangeEmail | Self::ResetLink => OnRepeat::Supersede,
            Self::ResetPassword => OnRepeat::Resend,
            _ => OnRepeat::Insert,
        }
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for MessageKind {
    type Err = MessageKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(MessageKindError)
    }
}

/// The text is not the name of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of message")]
pub struct MessageKindError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_stable_names() {
        for kind in MessageKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("VerifyEmail".parse::<MessageKind>(), Err(MessageKindError));
    }
}
