//! A personal access token as its owner sees it.

use guestlist::Token;
use serde::Serialize;
use utoipa::ToSchema;

/// A personal access token in responses, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalToken)]
pub struct PersonalTokenBody {
    /// The id, which never changes.
    #[schema(format = Uuid)]
    id: String,
    /// The name that its owner gave it.
    #[schema(example = "backup")]
    name: String,
    /// `read` or `write`.
    #[schema(example = "read")]
    scope: &'static str,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// When the token was last used, to about a minute; absent if it was never used. RFC 3339, in
    /// UTC.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<&Token> for PersonalTokenBody {
    fn from(token: &Token) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.to_string(),
            scope: token.scope.as_str(),
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.map(|end| end.to_string()),
            last_used_at: token.last_used_at.map(|used| used.to_string()),
        }
    }
}
