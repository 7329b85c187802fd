//! The one who causes an event.

use std::{fmt, str::FromStr};

use crate::UserId;

/// The one who causes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The user of the account, or a visitor who acts as that user, such as one who tries
    /// passwords.
    User,
    /// An administrator.
    Admin(UserId),
    /// A command on the server.
    CommandLine,
    /// The application itself.
    System,
}

impl Actor {
    /// Returns the actor's kind, without the id of an administrator.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Admin(_) => "admin",
            Self::CommandLine => "command_line",
            Self::System => "system",
        }
    }
}

/// The stored form: the kind, and an administrator's id after a colon.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Admin(id) => write!(f, ":{id}"),
            _ => Ok(()),
        }
    }
}

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, ActorError> {
        match text {
            "user" => Ok(Self::User),
            "command_line" => Ok(Self::CommandLine),
            "system" => Ok(Self::System),
            _ => {
                let id = text.strip_prefix("admin:").and_then(|id| id.parse().ok());
                id.map(Self::Admin).ok_or(ActorError)
            }
        }
    }
}

/// The text names no actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an actor: user, admin:ID, command_line or system")]
pub struct ActorError;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn the_stored_form_comes_back() {
        let admin = Actor::Admin(UserId::new(Timestamp::from_millis(1)));
        for actor in [Actor::User, admin, Actor::CommandLine, Actor::System] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        for other in ["", "admin", "admin:", "admin:1", "User"] {
            assert_eq!(other.parse::<Actor>(), Err(ActorError), "{other}");
        }
    }
}
