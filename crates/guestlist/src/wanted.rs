//! The credentials that a client wants from a sign-in.

use crate::{Session, TokenKind};

/// The credentials that a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An access token, which the client sends in a header.
    Tokens {
        /// The kind of access token.
        strategy: Strategy,
        /// Whether to add a refresh token. Without one, the session ends with the access token.
        refresh: bool,
    },
    /// A cookie, which a browser sends by itself. It is valid as long as its session, and only
    /// where cookies are read: [`Guestlist::identify_cookie`](crate::Guestlist::identify_cookie).
    Cookie,
}

/// The kind of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Opaque and looked up: it is refused as soon as its record in the store ends.
    Database,
    /// Signed, short-lived, and readable by other services (RFC 9068).
    Jwt,
}

impl Wanted {
    /// An opaque access token and a refresh token.
    pub const DATABASE: Self = Self::Tokens {
        strategy: Strategy::Database,
        refresh: true,
    };
    /// An opaque access token without a refresh token.
    pub const DATABASE_ALONE: Self = Self::Tokens {
        strategy: Strategy::Database,
        refresh: false,
    };
    /// A JWT and a refresh token.
    pub const JWT: Self = Self::Tokens {
        strategy: Strategy::Jwt,
        refresh: true,
    };
    /// A JWT without a refresh token.
    pub const JWT_ALONE: Self = Self::Tokens {
        strategy: Strategy::Jwt,
        refresh: false,
    };

    /// Returns the credentials that the client of this session has.
    pub(crate) fn of(session: &Session) -> Self {
        if session.is_cookie_session() {
            return Self::Cookie;
        }
        Self::Tokens {
            strategy: match session.secret_hash {
                Some(_) => Strategy::Database,
                None => Strategy::Jwt,
            },
            refresh: session.refresh_hash.is_some(),
        }
    }

    /// Returns the kind of the session's opaque token, if it has one.
    pub(crate) fn secret(self) -> Option<TokenKind> {
        match self {
            Self::Cookie => Some(TokenKind::Cookie),
            Self::Tokens {
                strategy: Strategy::Database,
                ..
            } => Some(TokenKind::Access),
            Self::Tokens {
                strategy: Strategy::Jwt,
                ..
            } => None,
        }
    }

    /// Whether the client wants a refresh token.
    pub(crate) fn refresh(self) -> bool {
        matches!(self, Self::Tokens { refresh: true, .. })
    }
}
