//! Security events in the words of the account's user. The page and the command line share them.

use guestlist::{Actor, SecurityEvent, SecurityEventKind as Kind, detail};

/// Describes the event in one sentence, without the device, the address and the time.
pub(crate) fn sentence(event: &SecurityEvent) -> String {
    let detail = |name| event.details.get(name);
    let by_other = match event.actor {
        Actor::User => None,
        Actor::Admin(_) => Some("An administrator"),
        Actor::CommandLine => Some("A command on the server"),
        Actor::System => Some("The server"),
    };
    let who = by_other.unwrap_or("You");
    match event.kind {
        Kind::SignIn => "You signed in".to_owned(),
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
            "A wrong password was entered in a session of yours".to_owned()
        }
        Kind::SignOut => "You signed out".to_owned(),
        Kind::SessionEnded => match detail(detail::REASON) {
            Some(detail::QUOTA) => {
                "The session that was unused for longest ended, because you had too many".to_owned()
            }
            _ => format!("{who} ended a session"),
        },
        Kind::OtherSessionsEnded => match detail(detail::TOKENS_ENDED) {
            Some(_) => format!("{who} ended all other sessions and revoked all access tokens"),
            None => format!("{who} ended all other sessions"),
        },
        Kind::AllSessionsEnded => format!("{who} ended all sessions and revoked all access tokens"),
        Kind::RefreshReused => match detail(detail::REASON) {
            Some(detail::ELSEWHERE) => {
                "A program used a token of a session again from elsewhere; if that was not you, \
                 the token was copied"
            }
            _ => {
                "A program used an old token of a session, so the session ended; the token may \
                 have been copied"
            }
        }
        .to_owned(),
        Kind::PasswordChanged => format!("{who} changed the password"),
        Kind::PasswordSetByAdmin => format!("{} set a new password", by_admin(by_other)),
        Kind::PasswordResetRequested => "A link to reset the password was asked for".to_owned(),
        Kind::PasswordReset => format!("{who} reset the password with a link"),
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
        Kind::EmailChangeUndone => format!("{who} undid the change of the e-mail address"),
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
            None => "You created the account".to_owned(),
        },
        Kind::Approved => format!("{} approved the account", by_admin(by_other)),
        Kind::Disabled => format!("{} disabled the account", by_admin(by_other)),
        Kind::Enabled => format!("{} enabled the account", by_admin(by_other)),
        Kind::RoleChanged => match detail(detail::ROLE) {
            _ if detail(detail::HOW) == Some(detail::SETUP_LINK) => {
                "You became administrator by the setup link".to_owned()
            }
            Some(role) => format!("{} changed the role to {role}", by_admin(by_other)),
            None => format!("{} changed the role", by_admin(by_other)),
        },
        Kind::Deleted => format!("{who} deleted the account"),
        Kind::Exported => format!("{who} exported the data of the account"),
        Kind::NotMe => "You said that a change was not yours".to_owned(),
    }
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
                let text = sentence(&event);
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
        assert_eq!(sentence(&refused), "A wrong password was tried");
        let made = of(Kind::TokenMade).with(detail::NAME, "backup");
        assert_eq!(sentence(&made), "You created the access token “backup”");
        let by_link = of(Kind::RoleChanged)
            .with(detail::ROLE, "admin")
            .with(detail::HOW, detail::SETUP_LINK);
        let words = "You became administrator by the setup link";
        assert_eq!(sentence(&by_link), words);
        let mut disabled = of(Kind::Disabled);
        disabled.actor = Actor::CommandLine;
        assert_eq!(
            sentence(&disabled),
            "A command on the server disabled the account"
        );
    }
}
