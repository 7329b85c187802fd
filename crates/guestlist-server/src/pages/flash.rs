//! Flash messages: the page after a form says once what was done. A cookie carries the message as
//! one of a few fixed words.

use std::fmt;

use axum::{http::request::Parts, response::Redirect};
use guestlist_axum::Flash;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlashMessage {
    SignedUp,
    AwaitsApproval,
    BecameAdmin,
    InvitationRevoked,
    SignedOut,
    EventCreated,
    UnlistedEventCreated,
    EventChanged,
    EventDeleted,
    ProfileChanged,
    EmailChanged,
    PasswordChanged,
    SessionEnded,
    OtherSessionsEnded,
    SessionsAndTokensEnded,
    TokenRevoked,
    SecondFactorAdded,
    SecondFactorRemoved,
    UserChanged,
    UserUnlocked,
    UserVerified,
    UserFactorRemoved,
    MailRetried,
    MailsReleased,
    EventUnlisted,
    AccountDeleted,
    DraftDropped,
    DraftUnreadable,
    PasswordReset,
    EmailVerified,
    VerificationSent,
    EmailChangeSent,
    EmailChangeCancelled,
    EmailRestored,
    ReportedNotMe,
}

const ALL: [FlashMessage; 35] = [
    FlashMessage::SignedUp,
    FlashMessage::AwaitsApproval,
    FlashMessage::BecameAdmin,
    FlashMessage::InvitationRevoked,
    FlashMessage::SignedOut,
    FlashMessage::EventCreated,
    FlashMessage::UnlistedEventCreated,
    FlashMessage::EventChanged,
    FlashMessage::EventDeleted,
    FlashMessage::ProfileChanged,
    FlashMessage::EmailChanged,
    FlashMessage::PasswordChanged,
    FlashMessage::SessionEnded,
    FlashMessage::OtherSessionsEnded,
    FlashMessage::SessionsAndTokensEnded,
    FlashMessage::TokenRevoked,
    FlashMessage::SecondFactorAdded,
    FlashMessage::SecondFactorRemoved,
    FlashMessage::UserChanged,
    FlashMessage::UserUnlocked,
    FlashMessage::UserVerified,
    FlashMessage::UserFactorRemoved,
    FlashMessage::MailRetried,
    FlashMessage::MailsReleased,
    FlashMessage::EventUnlisted,
    FlashMessage::AccountDeleted,
    FlashMessage::DraftDropped,
    FlashMessage::DraftUnreadable,
    FlashMessage::PasswordReset,
    FlashMessage::EmailVerified,
    FlashMessage::VerificationSent,
    FlashMessage::EmailChangeSent,
    FlashMessage::EmailChangeCancelled,
    FlashMessage::EmailRestored,
    FlashMessage::ReportedNotMe,
];

impl FlashMessage {
    /// Takes the message for the requested page.
    pub(super) fn take(parts: &Parts) -> Option<Self> {
        Flash::take(parts).and_then(|word| Self::of_word(&word))
    }

    fn of_word(word: &str) -> Option<Self> {
        ALL.into_iter().find(|done| done.word() == word)
    }

    /// Redirects to that path, where the page shows the message (303: RFC 9110, section 15.4.4).
    pub(super) fn then(self, path: &str) -> (Flash, Redirect) {
        let page = path.split(['?', '#']).next().unwrap_or(path);
        (Flash::new(self.word(), page), Redirect::to(path))
    }

    fn word(self) -> &'static str {
        match self {
            Self::SignedUp => "signed-up",
            Self::AwaitsApproval => "awaits-approval",
            Self::BecameAdmin => "became-admin",
            Self::InvitationRevoked => "invitation-revoked",
            Self::SignedOut => "signed-out",
            Self::EventCreated => "event-made",
            Self::UnlistedEventCreated => "unlisted-event-made",
            Self::EventChanged => "event-changed",
            Self::EventDeleted => "event-deleted",
            Self::ProfileChanged => "profile-changed",
            Self::EmailChanged => "email-changed",
            Self::PasswordChanged => "password-changed",
            Self::SessionEnded => "session-ended",
            Self::OtherSessionsEnded => "other-sessions-ended",
            Self::SessionsAndTokensEnded => "sessions-and-tokens-ended",
            Self::TokenRevoked => "token-retired",
            Self::SecondFactorAdded => "second-factor-added",
            Self::SecondFactorRemoved => "second-factor-removed",
            Self::UserChanged => "user-changed",
            Self::UserUnlocked => "user-unlocked",
            Self::UserVerified => "user-verified",
            Self::UserFactorRemoved => "user-factor-removed",
            Self::MailRetried => "mail-retried",
            Self::MailsReleased => "mails-released",
            Self::EventUnlisted => "event-unlisted",
            Self::AccountDeleted => "account-deleted",
            Self::DraftDropped => "draft-dropped",
            Self::DraftUnreadable => "draft-unreadable",
            Self::PasswordReset => "password-reset",
            Self::EmailVerified => "email-verified",
            Self::VerificationSent => "verification-sent",
            Self::EmailChangeSent => "email-change-sent",
            Self::EmailChangeCancelled => "email-change-cancelled",
            Self::EmailRestored => "email-restored",
            Self::ReportedNotMe => "reported-not-me",
        }
    }
}

impl fmt::Display for FlashMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignedUp => "Welcome. Your name is on the list.",
            Self::AwaitsApproval => {
                "Your account is created. You can sign in after an administrator of this site has approved it."
            }
            Self::InvitationRevoked => "The invitation is revoked.",
            Self::BecameAdmin => {
                "You are the administrator of this site now. On these pages you manage its accounts, events, invitations and mails."
            }
            Self::SignedOut => "You are signed out.",
            Self::EventCreated => {
                "The event is created. It is public, and it is in the list of events."
            }
            Self::UnlistedEventCreated => {
                "The event is created. It is in no list: only people who have the address of this page can see it."
            }
            Self::EventChanged => "Saved.",
            Self::EventDeleted => "The event is deleted.",
            Self::ProfileChanged => "Saved.",
            Self::EmailChanged => "Your address is changed. Use the new one to sign in from now on.",
            Self::PasswordChanged => {
                "Your password is changed. All other sessions have ended, and all personal access tokens are revoked."
            }
            Self::SessionEnded => "That session has ended.",
            Self::OtherSessionsEnded => "All other sessions have ended.",
            Self::SessionsAndTokensEnded => {
                "All other sessions have ended, and all personal access tokens are revoked."
            }
            Self::TokenRevoked => "The token is revoked.",
            Self::SecondFactorAdded => {
                "The second factor is on. If you did not see your recovery codes, make new ones below."
            }
            Self::SecondFactorRemoved => {
                "The second factor is removed. You sign in with your password alone."
            }
            Self::UserChanged => "The account is changed.",
            Self::UserUnlocked => "The user can try to sign in again.",
            Self::UserVerified => "The e-mail address is verified.",
            Self::UserFactorRemoved => {
                "The second factor is removed. The user signs in with the password alone."
            }
            Self::MailRetried => "The mail is sent again.",
            Self::MailsReleased => "The held mails are sent now.",
            Self::EventUnlisted => "The event is in no list any more.",
            Self::AccountDeleted => "Your account and everything in it are deleted.",
            Self::DraftDropped => {
                "The form that was kept until the sign-in was discarded, because another user had typed it, or because it is older than an hour."
            }
            Self::DraftUnreadable => {
                "The draft could not be opened. It is older than an hour, or another user typed it. The form below does not contain it."
            }
            Self::PasswordReset => "Your password is set. Sign in with it.",
            Self::EmailVerified => "Your e-mail address is verified.",
            Self::VerificationSent => {
                "A new mail is on the way. Earlier links and codes do nothing any more."
            }
            Self::EmailChangeSent => {
                "A mail is on the way to the new address. Open the link in it to change the address."
            }
            Self::EmailChangeCancelled => "The old address stays. The link to the new one does nothing any more.",
            Self::EmailRestored => {
                "Your account has its old address again. Look for a mail with a link, and set a new password with it."
            }
            Self::ReportedNotMe => {
                "All sessions of your account have ended, all personal access tokens are revoked, and the password is removed. Look for a mail with a link, and set a new password with it."
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_become_a_message() {
        for done in ALL {
            assert_eq!(FlashMessage::of_word(done.word()), Some(done));
        }
        for word in ["", "hacked", "signed-out "] {
            assert_eq!(FlashMessage::of_word(word), None, "{word}");
        }
    }
}
