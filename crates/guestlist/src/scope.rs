//! The scopes of credentials.

use std::{fmt, str::FromStr};

/// What a credential permits, as a scope of OAuth 2.0 (RFC 6749, section 3.3). A credential has one
/// scope, and each handler says which one it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything that the user may do, the account included: the scope of a session.
    Account,
    /// Reading and changing, except the account: a scope of a personal access token.
    Write,
    /// Reading: a scope of a personal access token.
    Read,
    /// Token introspection (RFC 7662): the scope of a service token.
    Introspect,
}

impl Scope {
    /// Returns the scope's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Write => "write",
            Self::Read => "read",
            Self::Introspect => "introspect",
        }
    }

    /// Whether this scope permits what `other` permits.
    pub const fn includes(self, other: Self) -> bool {
        match self {
            Self::Account => matches!(other, Self::Account | Self::Write | Self::Read),
            Self::Write => matches!(other, Self::Write | Self::Read),
            Self::Read => matches!(other, Self::Read),
            Self::Introspect => matches!(other, Self::Introspect),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Account, Self::Write, Self::Read, Self::Introspect]
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or(ScopeError)
    }
}

/// The text is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a scope: account, write, read or introspect")]
pub struct ScopeError;

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Scope; 4] = [Scope::Account, Scope::Write, Scope::Read, Scope::Introspect];

    #[test]
    fn each_scope_has_one_name_that_is_read_back() {
        for scope in ALL {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        for text in ["", "Read", "read write", "admin"] {
            assert_eq!(text.parse::<Scope>(), Err(ScopeError), "{text}");
        }
    }

    #[test]
    fn write_includes_read_and_introspect_includes_neither() {
        let included = |scope: Scope| ALL.map(|other| scope.includes(other));
        assert_eq!(included(Scope::Account), [true, true, true, false]);
        assert_eq!(included(Scope::Write), [false, true, true, false]);
        assert_eq!(included(Scope::Read), [false, false, true, false]);
        assert_eq!(included(Scope::Introspect), [false, false, false, true]);
    }
}
