//! What a user may do on a site.

use std::{fmt, str::FromStr};

/// The role of a user. It is stored with the user, so a change takes effect at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Acts for their own account only.
    #[default]
    Member,
    /// Manages accounts and invitations.
    Admin,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 2] = [Self::Member, Self::Admin];

    /// Returns the word that stores keep and commands take.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == word);
        role.ok_or(UnknownRole)
    }
}

/// The error for a word that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role; use member or admin")]
pub struct UnknownRole;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_from_its_own_word_alone() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        for word in ["", "Admin", "admin ", "administrator", "owner"] {
            assert_eq!(word.parse::<Role>(), Err(UnknownRole), "{word}");
        }
        assert_eq!(Role::default(), Role::Member);
    }
}
