//! What is wrong with what a visitor searches for. Not the words for it: callers write those.

/// The search breaks at least one limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the search is not valid")]
pub struct InvalidFilter {
    /// All problems: at most one of the search text, one of the number of tags, and one of their
    /// length.
    pub problems: Vec<FilterProblem>,
}

/// A problem of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterProblem {
    /// The search text has more than `most` characters.
    LongText {
        /// The largest number of characters.
        most: usize,
    },
    /// There are more than `most` different tags.
    TooManyTags {
        /// The largest number of tags.
        most: usize,
    },
    /// A tag has more than `most` characters.
    LongTag {
        /// The largest number of characters.
        most: usize,
    },
}
