//! Who may see an event.

use std::str::FromStr;

use super::{
    field::Field,
    problem::{InvalidEvent, ProblemCode},
};

/// Who may see an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// All users and visitors: the event is in the public list.
    #[default]
    Public,
    /// The creator, and every visitor who knows its address.
    Unlisted,
}

impl Visibility {
    /// Returns the word that stores and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
        }
    }

    /// Reads the word of a draft. Without a word, the event is public.
    pub(crate) fn read(word: Option<&str>) -> Result<Self, InvalidEvent> {
        let read = word.map_or(Ok(Self::default()), str::parse);
        read.map_err(|UnknownVisibility| {
            let mut invalid = InvalidEvent::default();
            invalid.add(Field::Visibility, ProblemCode::UnknownVisibility);
            invalid
        })
    }
}

impl FromStr for Visibility {
    type Err = UnknownVisibility;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "public" => Ok(Self::Public),
            "unlisted" => Ok(Self::Unlisted),
            _ => Err(UnknownVisibility),
        }
    }
}

/// The word is not the name of a [`Visibility`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown visibility")]
pub struct UnknownVisibility;
