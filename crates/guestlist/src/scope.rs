//! How much a credential opens.

use std::{fmt, str::FromStr};

/// What the holder of a credential may do, as a scope of OAuth 2.0 (RFC 6749, section 3.3). A
/// credential has one; each front says which it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything that its user may, the account included: a session's.
    Account,
    /// To read and to change, but nothing of the account: a personal token's.
    Write,
    /// To read: a personal token's.
    Read,
    /// To ask what a token is worth (RFC 7662): a service's.
    Introspect,
}

impl Scope {
    /// The one word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Write => "write",
            Self::Read => "read",
            Self::Introspect => "introspect",
        }
    }

    /// Whether whoever has this scope also has that one.
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

/// The text is no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a scope: account, write, read or introspect")]
pub struct ScopeError;

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Scope; 4] = [Scope::Account, Scope::Write, Scope::Read, Scope::Introspect];

    #[test]
    fn each_scope_is_one_word_and_back() {
        for scope in ALL {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        for text in ["", "Read", "read write", "admin"] {
            assert_eq!(text.parse::<Scope>(), Err(ScopeError), "{text}");
        }
    }

    #[test]
    fn whoever_may_write_may_read_and_a_service_may_neither() {
        let included = |scope: Scope| ALL.map(|other| scope.includes(other));
        assert_eq!(included(Scope::Account), [true, true, true, false]);
        assert_eq!(included(Scope::Write), [false, true, true, false]);
        assert_eq!(included(Scope::Read), [false, false, true, false]);
        assert_eq!(included(Scope::Introspect), [false, false, false, true]);
    }
}
