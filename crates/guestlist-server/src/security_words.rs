//! Security events in words, for the user of the account and for operators. The pages and the command
//! line share them.

use guestlist::{Actor, SecurityEvent, SecurityEventKind as Kind, detail};

/// For whom an event is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The user of the account: "you".
    User,
    /// An administrator, or the operator of the server: "the user".
    Operator,
}

impl Reader {
    /// Returns the words for this reader.
    fn pick(self, user: &'static str, operator: &'static str) -> &'static str {
        match self {
            Self::User => user,
            Self::Operator => operator,
        }
    }
}

/// Describes the event in a sentence, without the device, the address and the time.
pub(crate) fn sentence(event: &SecurityEvent, reader: Reader) -> String {
    let detail = |name| event.details.get(name);
    let by_other = match event.actor {
        Actor::User => None,
        Actor::Admin(_) => Some("An administrator"),
        Actor::CommandLine => Some("A command on the server"),
        Actor::System => Some("The server"),
    };
    let user = reader.pick("You", "The user");
    let who = by_other.unwrap_or(user);
    if let Some(sentence) = by_link(event) {
        return sentence;
    }
    match event.kind {
        Kind::SignIn => format!("{user} signed in"),
        Kind::SignInRefused => match detail(detail::REASON) {
            Some(detail::WRONG_PASSWORD) => "A wrong password was tried".to_owned(),
            Some(detail::WRONG_CODE) => "The right password and a wrong code were tried".to_owned(),
            Some(detail::DISABLED) => {
                "A sign-in was refused because the account is disabled".to_owned()
            }
            Some(detail::PASSWORD_CHANGED) => {
                "A sign-in was refused because the password was changed at that moment".to_owned()
            }
            _ => "A sign-in was refused".to_owned(),
        },
        Kind::ReauthenticationRefused => {
            let whose = reader.pick("yours", "the user");
            let what = match detail(detail::REASON) {
                Some(detail::WRONG_CODE) => "The right password and a wrong code were",
                _ => "A wrong password was",
            };
            format!("{what} entered in a session of {whose}")
        }
        Kind::SignOut => format!("{user} signed out"),
        Kind::SessionEnded => match detail(detail::REASON) {
            Some(detail::QUOTA) => {
                let who = reader.pick("you", "the user");
                format!("The session that was unused for longest ended, because {who} had too many")
            }
            _ => format!("{who} ended a session"),
        },
        Kind::OtherSessionsEnded => match detail(detail::TOKENS_ENDED) {
            Some(_) => {
                format!("{who} ended all other sessions and revoked all personal access tokens")
            }
            None => format!("{who} ended all other sessions"),
        },
        Kind::AllSessionsEnded => {
            format!("{who} ended all sessions and revoked all personal access tokens")
        }
        Kind::RefreshReused => match detail(detail::REASON) {
            Some(detail::ELSEWHERE) => {
                let who = reader.pick("you", "the user");
                format!(
                    "A program used a token of a session again from elsewhere; if that was not \
                     {who}, the token was copied"
                )
            }
            _ => "A program used an old token of a session, so the session ended; the token may \
                  have been copied"
                .to_owned(),
        },
        Kind::PasswordChanged => format!("{who} changed the password"),
        Kind::PasswordSetByAdmin => format!("{} set a new password", by_admin(by_other)),
        Kind::PasswordResetRequested => "A link to reset the password was asked for".to_owned(),
        Kind::PasswordReset => "The password was reset with a link".to_owned(),
        Kind::ResetLinkMade => {
            format!("{} made a link to reset the password", by_admin(by_other))
        }
        Kind::EmailChangeRequested => match detail(detail::TO) {
            Some(to) => format!("{who} asked to change the e-mail address to {to}"),
            None => format!("{who} asked to change the e-mail address"),
        },
        Kind::EmailChanged => match (detail(detail::FROM), detail(detail::TO)) {
            (Some(from), Some(to)) => {
                format!("{who} changed the e-mail address from {from} to {to}")
            }
            _ => format!("{who} changed the e-mail address"),
        },
        Kind::EmailChangeUndone => "The change of the e-mail address was undone".to_owned(),
        Kind::EmailVerified => format!("{who} confirmed the e-mail address"),
        Kind::NameChanged => format!("{who} changed the name"),
        Kind::TokenMade => format!("{who} created {}", token(event)),
        Kind::TokenRevoked => format!("{who} revoked {}", token(event)),
        Kind::SecondFactorAdded => format!("{who} added a second factor"),
        Kind::SecondFactorRemoved => format!("{who} removed a second factor"),
        Kind::RecoveryCodeUsed => format!("{who} used a recovery code"),
        Kind::RecoveryCodesMade => format!("{who} made new recovery codes"),
        Kind::LockedOut => "There were too many tries to sign in".to_owned(),
        Kind::Unlocked => format!("{} allowed sign-ins again", by_admin(by_other)),
        Kind::SignedUp => match by_other {
            Some(other) => format!("{other} created the account"),
            None => format!("{user} created the account"),
        },
        Kind::Approved => format!("{} approved the account", by_admin(by_other)),
        Kind::Disabled => format!("{} disabled the account", by_admin(by_other)),
        Kind::Enabled => format!("{} enabled the account", by_admin(by_other)),
        Kind::RoleChanged => match detail(detail::ROLE) {
            _ if detail(detail::HOW) == Some(detail::SETUP_LINK) => {
                format!("{user} became administrator by the setup link")
            }
            Some(role) => format!("{} changed the role to {role}", by_admin(by_other)),
            None => format!("{} changed the role", by_admin(by_other)),
        },
        Kind::Deleted => format!("{who} deleted the account"),
        Kind::Exported => format!("{who} exported the data of the account"),
        Kind::NotMe => "A change was reported as made by another person".to_owned(),
        Kind::EventUnlisted => {
            let (event, reason) = removed_event(event, reader);
            format!(
                "{} took {event} out of all lists{reason}",
                by_admin(by_other)
            )
        }
        Kind::EventDeleted => {
            let (event, reason) = removed_event(event, reader);
            format!("{} deleted {event}{reason}", by_admin(by_other))
        }
    }
}

/// Describes an event that a link caused. A link needs no sign-in, so it is unknown who used it. `None`
/// if no link caused the event.
fn by_link(event: &SecurityEvent) -> Option<String> {
    let detail = |name| event.details.get(name);
    let link = match detail(detail::HOW)? {
        detail::MAIL_LINK => "By the link in a mail",
        detail::RESET_LINK => "By a link that an administrator made",
        _ => return None,
    };
    let what = match event.kind {
        Kind::PasswordReset => "the password was reset",
        Kind::EmailVerified => "the e-mail address was confirmed",
        Kind::EmailChanged => {
            let from = detail(detail::FROM).unwrap_or_default();
            let to = detail(detail::TO).unwrap_or_default();
            return Some(format!(
                "{link}: the e-mail address was changed from {from} to {to}"
            ));
        }
        Kind::EmailChangeUndone => "the change of the e-mail address was undone",
        Kind::SecondFactorRemoved => "the second factor was removed",
        Kind::NotMe => "a change was reported as made by another person",
        _ => return None,
    };
    Some(format!("{link}: {what}"))
}

/// Returns the words for an event that an administrator removed, and the reason.
fn removed_event(event: &SecurityEvent, reader: Reader) -> (String, String) {
    let part = |name| {
        let text = event.details.get(name);
        text.map(|text| text.replace(char::is_control, " "))
    };
    let event = reader.pick("your event", "the user's event");
    let event = match part(detail::TITLE) {
        Some(title) => format!("{event} “{title}”"),
        None => event.to_owned(),
    };
    let reason = part(detail::REASON).map(|reason| format!(". Reason: {reason}"));
    (event, reason.unwrap_or_default())
}

/// The one who does what only administrators do.
fn by_admin(by_other: Option<&'static str>) -> &'static str {
    by_other.unwrap_or("An administrator")
}

fn token(event: &SecurityEvent) -> String {
    match event.details.get(detail::NAME) {
        Some(name) => format!("the access token “{name}”"),
        None => "an access token".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use guestlist::{Timestamp, UserId};

    use super::*;

    #[test]
    fn every_kind_has_a_sentence_for_every_actor() {
        let user = UserId::new(Timestamp::from_millis(1));
        for actor in [
            Actor::User,
            Actor::Admin(user),
            Actor::CommandLine,
            Actor::System,
        ] {
            for kind in Kind::ALL {
                let event = SecurityEvent::new(user, *kind, actor, Timestamp::from_millis(1));
                let text = sentence(&event, Reader::Operator);
                assert!(
                    !text.to_lowercase().contains("you"),
                    "{text}: the reader is not the user"
                );
                let text = sentence(&event, Reader::User);
                assert!(
                    text.chars().next().is_some_and(char::is_uppercase),
                    "{text}"
                );
                assert!(
                    !text.ends_with('.') && !text.contains(&user.to_string()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn details_are_named() {
        let user = UserId::new(Timestamp::from_millis(1));
        let of = |kind| SecurityEvent::new(user, kind, Actor::User, Timestamp::from_millis(1));
        let refused = of(Kind::SignInRefused).with(detail::REASON, detail::WRONG_PASSWORD);
        assert_eq!(
            sentence(&refused, Reader::User),
            "A wrong password was tried"
        );
        for (reason, words) in [
            (
                detail::WRONG_PASSWORD,
                "A wrong password was entered in a session of yours",
            ),
            (
                detail::WRONG_CODE,
                "The right password and a wrong code were entered in a session of yours",
            ),
        ] {
            let refused = of(Kind::ReauthenticationRefused).with(detail::REASON, reason);
            assert_eq!(sentence(&refused, Reader::User), words);
        }
        let made = of(Kind::TokenMade).with(detail::NAME, "backup");
        assert_eq!(
            sentence(&made, Reader::User),
            "You created the access token “backup”"
        );
        assert_eq!(
            sentence(&made, Reader::Operator),
            "The user created the access token “backup”"
        );
        let mut unlisted = of(Kind::EventUnlisted)
            .with(detail::TITLE, "Tea")
            .with(detail::REASON, "two\nlines");
        unlisted.actor = Actor::Admin(user);
        assert_eq!(
            sentence(&unlisted, Reader::User),
            "An administrator took your event “Tea” out of all lists. Reason: two lines"
        );
        let by_link = of(Kind::RoleChanged)
            .with(detail::ROLE, "admin")
            .with(detail::HOW, detail::SETUP_LINK);
        let words = "You became administrator by the setup link";
        assert_eq!(sentence(&by_link, Reader::User), words);
        for (kind, how, words) in [
            (
                Kind::PasswordReset,
                detail::MAIL_LINK,
                "By the link in a mail: the password was reset",
            ),
            (
                Kind::PasswordReset,
                detail::RESET_LINK,
                "By a link that an administrator made: the password was reset",
            ),
            (
                Kind::EmailVerified,
                detail::MAIL_LINK,
                "By the link in a mail: the e-mail address was confirmed",
            ),
        ] {
            let event = of(kind).with(detail::HOW, how);
            for reader in [Reader::User, Reader::Operator] {
                assert_eq!(sentence(&event, reader), words);
            }
        }
        let by_code = sentence(&of(Kind::EmailVerified), Reader::User);
        assert_eq!(by_code, "You confirmed the e-mail address");
        let mut disabled = of(Kind::Disabled);
        disabled.actor = Actor::CommandLine;
        assert_eq!(
            sentence(&disabled, Reader::User),
            "A command on the server disabled the account"
        );
    }
}
