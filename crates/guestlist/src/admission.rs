//! Who may sign up: one pure function for all fronts.

use std::{fmt, str::FromStr};

/// Who may sign up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignUpPolicy {
    /// All visitors.
    #[default]
    Open,
    /// Visitors with an invitation.
    Invited,
    /// All visitors. An administrator approves each new user before the first sign-in. An invitation
    /// is an approval.
    Approval,
    /// No visitor. Accounts are made on the command line.
    Closed,
}

impl SignUpPolicy {
    /// All policies.
    pub const ALL: [Self; 4] = [Self::Open, Self::Invited, Self::Approval, Self::Closed];

    /// Returns the word that settings use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invited => "invited",
            Self::Approval => "approval",
            Self::Closed => "closed",
        }
    }

    /// Decides about one sign-up. A setup link admits under every policy.
    pub const fn admit(self, shown: ShownInvitation) -> Admission {
        use ShownInvitation::{Refused, Setup, Valid};
        match (self, shown) {
            (_, Setup) => Admission::Admitted(AdmittedBecause::Setup),
            (Self::Closed, _) => Admission::Refused(SignUpRefusal::Closed),
            (Self::Open, _) => Admission::Admitted(AdmittedBecause::Open),
            (Self::Invited | Self::Approval, Valid) => {
                Admission::Admitted(AdmittedBecause::Invitation)
            }
            (Self::Invited | Self::Approval, Refused(why)) => Admission::Refused(why),
            (Self::Invited, ShownInvitation::None) => {
                Admission::Refused(SignUpRefusal::InvitationRequired)
            }
            (Self::Approval, ShownInvitation::None) => {
                Admission::Admitted(AdmittedBecause::Approval)
            }
        }
    }
}

impl SignUpPolicy {
    /// Decides about the visitor of an invitation's link. The visitor came because of the invitation,
    /// so one that cannot be used is refused even if all visitors may sign up without it.
    pub const fn admit_by_link(self, shown: ShownInvitation) -> Admission {
        match (self.admit(shown), shown) {
            (Admission::Admitted(_), ShownInvitation::Refused(why)) => Admission::Refused(why),
            (admission, _) => admission,
        }
    }
}

impl fmt::Display for SignUpPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for SignUpPolicy {
    type Err = UnknownPolicy;

    fn from_str(word: &str) -> Result<Self, UnknownPolicy> {
        let policy = Self::ALL.into_iter().find(|policy| policy.as_str() == word);
        policy.ok_or(UnknownPolicy)
    }
}

/// The error for a word that names no policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown policy; use open, invited, approval or closed")]
pub struct UnknownPolicy;

/// What a visitor shows besides the address and the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownInvitation {
    /// Nothing.
    None,
    /// An invitation that is valid for the address.
    Valid,
    /// An invitation that cannot be used, and why.
    Refused(SignUpRefusal),
    /// The setup link of a site without an administrator.
    Setup,
}

/// The decision about a sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The visitor may sign up.
    Admitted(AdmittedBecause),
    /// The visitor may not sign up.
    Refused(SignUpRefusal),
}

/// Why a visitor may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdmittedBecause {
    /// All visitors may.
    Open,
    /// All visitors may, and an administrator must approve the account.
    Approval,
    /// The visitor has an invitation, which the sign-up uses once.
    Invitation,
    /// The visitor has the setup link.
    Setup,
}

impl Admission {
    /// Returns the sentences for the pages where visitors sign up.
    pub const fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Admitted(AdmittedBecause::Open) => (
                "All visitors may sign up with an e-mail address and a password.",
                "",
            ),
            Self::Admitted(AdmittedBecause::Approval) => (
                "All visitors may sign up with an e-mail address and a password.",
                "You can sign in after an administrator of this site has approved your account.",
            ),
            Self::Admitted(AdmittedBecause::Invitation) => ("You are invited to sign up.", ""),
            Self::Admitted(AdmittedBecause::Setup) => (
                "Sign up to become the administrator of this site.",
                "Open the setup link again afterwards.",
            ),
            Self::Refused(why) => (why.reason(), why.next_step()),
        }
    }
}

/// Why a visitor may not sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.reason())]
pub enum SignUpRefusal {
    /// No visitor may.
    Closed,
    /// Only invited visitors may.
    InvitationRequired,
    /// The link is not one of this site's invitations, or the invitation is deleted.
    InvitationUnknown,
    /// The invitation has expired.
    InvitationExpired,
    /// The invitation was used as often as it may be.
    InvitationUsed,
    /// An administrator revoked the invitation.
    InvitationRevoked,
    /// The invitation is for another address.
    InvitationForAnother,
}

impl SignUpRefusal {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Closed,
        Self::InvitationRequired,
        Self::InvitationUnknown,
        Self::InvitationExpired,
        Self::InvitationUsed,
        Self::InvitationRevoked,
        Self::InvitationForAnother,
    ];

    /// Returns the reason as a word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Closed => "sign_up_closed",
            Self::InvitationRequired => "invitation_required",
            Self::InvitationUnknown => "invitation_unknown",
            Self::InvitationExpired => "invitation_expired",
            Self::InvitationUsed => "invitation_used",
            Self::InvitationRevoked => "invitation_revoked",
            Self::InvitationForAnother => "invitation_for_another",
        }
    }

    /// Returns the reason as a sentence for people.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Closed => "Sign-up is closed on this site.",
            Self::InvitationRequired => "You need an invitation to sign up on this site.",
            Self::InvitationUnknown => "This invitation does not exist.",
            Self::InvitationExpired => "This invitation has expired.",
            Self::InvitationUsed => "This invitation was used already.",
            Self::InvitationRevoked => "This invitation was withdrawn.",
            Self::InvitationForAnother => "This invitation is for another e-mail address.",
        }
    }

    /// Returns what the visitor can do, as a sentence.
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Closed => "Ask an administrator of the site for an account.",
            Self::InvitationRequired => {
                "Ask an administrator for an invitation, and open its link."
            }
            Self::InvitationUnknown => {
                "Check that you have opened the whole link, or ask for another invitation."
            }
            Self::InvitationExpired | Self::InvitationUsed | Self::InvitationRevoked => {
                "Ask an administrator for another invitation."
            }
            Self::InvitationForAnother => "Sign up with the address that was invited.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_admissions() {
        use AdmittedBecause as Because;
        use SignUpRefusal as No;
        let admitted = Admission::Admitted;
        let refused = Admission::Refused;
        let bad = ShownInvitation::Refused(No::InvitationUsed);
        for (policy, nothing, valid, invalid) in [
            (
                SignUpPolicy::Open,
                admitted(Because::Open),
                admitted(Because::Open),
                admitted(Because::Open),
            ),
            (
                SignUpPolicy::Invited,
                refused(No::InvitationRequired),
                admitted(Because::Invitation),
                refused(No::InvitationUsed),
            ),
            (
                SignUpPolicy::Approval,
                admitted(Because::Approval),
                admitted(Because::Invitation),
                refused(No::InvitationUsed),
            ),
            (
                SignUpPolicy::Closed,
                refused(No::Closed),
                refused(No::Closed),
                refused(No::Closed),
            ),
        ] {
            assert_eq!(policy.admit(ShownInvitation::None), nothing, "{policy}");
            assert_eq!(policy.admit(ShownInvitation::Valid), valid, "{policy}");
            assert_eq!(policy.admit(bad), invalid, "{policy}");
            let by_link = policy.admit_by_link(bad);
            let closed = policy == SignUpPolicy::Closed;
            let why = if closed {
                No::Closed
            } else {
                No::InvitationUsed
            };
            assert_eq!(by_link, refused(why), "{policy}");
            let by_link = policy.admit_by_link(ShownInvitation::Valid);
            assert_eq!(by_link, valid, "{policy}");
            let setup = policy.admit(ShownInvitation::Setup);
            assert_eq!(setup, admitted(Because::Setup), "{policy}");
        }
    }

    #[test]
    fn words_are_read_back_and_codes_differ() {
        for policy in SignUpPolicy::ALL {
            assert_eq!(policy.as_str().parse(), Ok(policy));
        }
        assert_eq!("OPEN".parse::<SignUpPolicy>(), Err(UnknownPolicy));
        for (at, why) in SignUpRefusal::ALL.iter().enumerate() {
            let before = &SignUpRefusal::ALL[..at];
            assert!(before.iter().all(|other| other.code() != why.code()));
            assert!(why.reason().ends_with('.') && why.next_step().ends_with('.'));
        }
    }
}
