//! What can be wrong with a row, in words.

use std::fmt;

use guestlist::{EmailError, HashRefusal, IdError, UnreadableHash, UserNameError};

use super::column::Column;

/// Says why a hash is refused, and the fix if there is one.
fn in_words(refusal: &HashRefusal) -> String {
    match refusal {
        HashRefusal::Unreadable(UnreadableHash::Unknown) => "unknown format".to_owned(),
        HashRefusal::Unreadable(_) => refusal.to_string(),
        HashRefusal::Slow(_) => format!(
            "{refusal}; increase `limits.import_hash_seconds`, or use --allow-slow-hashes to accept it"
        ),
    }
}

/// Says how many fields the row and the header have.
fn in_fields(found: usize, expected: usize) -> String {
    let fields = if found == 1 { "field" } else { "fields" };
    let fix = match found > expected {
        true => "put a field with a comma in quotes",
        false => "write a comma for each empty field",
    };
    format!("the row has {found} {fields} and the header has {expected}; {fix}")
}

/// Why a row is refused. The message never repeats the row's values.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowError {
    #[error("email: {0}")]
    Email(#[from] EmailError),
    #[error("password_hash: {}", in_words(.0))]
    PasswordHash(#[from] HashRefusal),
    #[error("name: {0}")]
    Name(#[from] UserNameError),
    #[error("id: {0}")]
    Id(#[from] IdError),
    #[error(
        "created_at: use an instant such as 2026-11-21T09:52:34Z, a date, or seconds since 1970"
    )]
    CreatedAt,
    #[error("created_at: is in the future")]
    Future,
    #[error("{0}: use true or false")]
    Truth(&'static str),
    #[error("role: use member or admin")]
    Role,
    #[error(
        "this e-mail address has no domain name after the @; use --local-addresses to accept it"
    )]
    LocalAddress,
    #[error("this is not UTF-8")]
    Utf8,
    #[error("{}", in_fields(*found, *expected))]
    Width { found: usize, expected: usize },
    #[error("the fields are longer than 64 KiB")]
    TooLong,
    #[error("this is not valid JSON from column {0} on")]
    Json(usize),
    #[error("the JSON object is not closed at column {0}; write one object a line for each user")]
    Unfinished(usize),
    #[error("this is not a JSON object; write one object a line for each user")]
    NoObject,
    #[error("unknown member `{0}`; use {known}", known = Column::ALL.map(Column::name).join(", "))]
    UnknownMember(String),
    #[error("{column}: is there twice; use one of them", column = .0.name())]
    Twice(Column),
    #[error("{column}: use {expected}", column = .column.name())]
    Type {
        column: Column,
        expected: &'static str,
    },
}

/// All mistakes of a row, at least one.
#[derive(Debug)]
pub(super) struct Mistakes(pub(super) Vec<RowError>);

impl Mistakes {
    /// Returns the value, or keeps its mistake.
    pub(super) fn unless<T, E: Into<RowError>>(&mut self, value: Result<T, E>) -> Option<T> {
        value.map_err(|mistake| self.0.push(mistake.into())).ok()
    }
}

impl From<RowError> for Mistakes {
    fn from(mistake: RowError) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}
