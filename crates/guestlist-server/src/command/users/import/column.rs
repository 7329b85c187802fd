//! The columns of an import.

/// The columns of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    Email,
    PasswordHash,
    Name,
    CreatedAt,
    EmailVerified,
    Disabled,
    Role,
    Approved,
}

impl Column {
    pub(super) const ALL: [Self; 9] = [
        Self::Email,
        Self::PasswordHash,
        Self::Name,
        Self::CreatedAt,
        Self::EmailVerified,
        Self::Disabled,
        Self::Role,
        Self::Approved,
        Self::Id,
    ];

    /// Finds a column by name. Case, underscores, hyphens and spaces are ignored, because exports
    /// also use `Email`, `createdAt` and `Password Hash`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let letters = |name: &str| -> String {
            let kept = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
            kept.map(|c| c.to_ascii_lowercase()).collect()
        };
        let wanted = letters(name);
        Self::ALL
            .into_iter()
            .find(|column| letters(column.name()) == wanted)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::PasswordHash => "password_hash",
            Self::Name => "name",
            Self::CreatedAt => "created_at",
            Self::EmailVerified => "email_verified",
            Self::Disabled => "disabled",
            Self::Role => "role",
            Self::Approved => "approved",
        }
    }

    /// Returns its place in a row.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Id => 0,
            Self::Email => 1,
            Self::PasswordHash => 2,
            Self::Name => 3,
            Self::CreatedAt => 4,
            Self::EmailVerified => 5,
            Self::Disabled => 6,
            Self::Role => 7,
            Self::Approved => 8,
        }
    }
}
