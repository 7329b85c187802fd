//! What was done a moment ago: the page that comes after a form says so. It goes along in the address,
//! as one of these words, so that nobody can put a sentence of their own there.

use std::fmt;

use axum::response::Redirect;
use guestlist_axum::parse_fields;

/// Something that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    SignedUp,
    SignedOut,
    EventMade,
    EventChanged,
    EventDeleted,
    ProfileChanged,
    EmailChanged,
    PasswordChanged,
    SessionEnded,
    OtherSessionsEnded,
    SessionsAndTokensEnded,
    TokenRetired,
    AccountDeleted,
}

const ALL: [Done; 13] = [
    Done::SignedUp,
    Done::SignedOut,
    Done::EventMade,
    Done::EventChanged,
    Done::EventDeleted,
    Done::ProfileChanged,
    Done::EmailChanged,
    Done::PasswordChanged,
    Done::SessionEnded,
    Done::OtherSessionsEnded,
    Done::SessionsAndTokensEnded,
    Done::TokenRetired,
    Done::AccountDeleted,
];

impl Done {
    /// What the query of an address says was done.
    pub(super) fn of_query(query: &str) -> Option<Self> {
        let fields = parse_fields(query.as_bytes()).ok()?;
        let (_, word) = fields.iter().find(|(name, _)| name == "done")?;
        ALL.into_iter().find(|done| done.word() == word)
    }

    /// To that path, which says so (303: RFC 9110, section 15.4.4).
    pub(super) fn then(self, path: &str) -> Redirect {
        let joint = if path.contains('?') { '&' } else { '?' };
        Redirect::to(&format!("{path}{joint}done={}", self.word()))
    }

    fn word(self) -> &'static str {
        match self {
            Self::SignedUp => "signed-up",
            Self::SignedOut => "signed-out",
            Self::EventMade => "event-made",
            Self::EventChanged => "event-changed",
            Self::EventDeleted => "event-deleted",
            Self::ProfileChanged => "profile-changed",
            Self::EmailChanged => "email-changed",
            Self::PasswordChanged => "password-changed",
            Self::SessionEnded => "session-ended",
            Self::OtherSessionsEnded => "other-sessions-ended",
            Self::SessionsAndTokensEnded => "sessions-and-tokens-ended",
            Self::TokenRetired => "token-retired",
            Self::AccountDeleted => "account-deleted",
        }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignedUp => "Welcome. Your name is on the list.",
            Self::SignedOut => "You are signed out.",
            Self::EventMade => "That is planned. Whoever has the address of this page can see it.",
            Self::EventChanged => "Saved.",
            Self::EventDeleted => "The event is deleted.",
            Self::ProfileChanged => "Saved.",
            Self::EmailChanged => "Your address is changed. You sign in with the new one from now on.",
            Self::PasswordChanged => {
                "Your password is changed. Everything that the old one opened has ended, but for this session."
            }
            Self::SessionEnded => "That session has ended.",
            Self::OtherSessionsEnded => "All other sessions have ended.",
            Self::SessionsAndTokensEnded => {
                "All other sessions have ended, and all personal access tokens are revoked."
            }
            Self::TokenRetired => "That token opens nothing any more.",
            Self::AccountDeleted => "Your account is deleted, and everything in it.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_done_is_said_to_be_done() {
        for done in ALL {
            let query = format!("x=y&done={}", done.word());
            assert_eq!(Done::of_query(&query), Some(done));
        }
        for query in ["", "done=", "done=hacked", "did=signed-out", "%zz"] {
            assert_eq!(Done::of_query(query), None, "{query}");
        }
    }
}
