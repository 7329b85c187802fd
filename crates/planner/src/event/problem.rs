//! All that is wrong with an event that a user wants to store, each problem with its field. Not the
//! words for it: callers write those.

use guestlist::Unseen;
use jiff::civil::Date;

use super::field::Field;

/// The event breaks at least one rule, and nothing was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("the event is not valid: {}", self.listed())]
pub struct InvalidEvent {
    /// All problems, in the order of the fields.
    pub problems: Vec<FieldProblem>,
}

/// A problem of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field.
    pub field: Field,
    /// What is wrong with it.
    pub code: ProblemCode,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemCode {
    /// A text without a visible character, where one is required.
    Blank,
    /// A text with more than `most` characters.
    TooLong {
        /// The largest number of characters.
        most: usize,
    },
    /// More than `most` different tags.
    TooManyTags {
        /// The largest number of tags.
        most: usize,
    },
    /// A control character, or a line break in a text of one line.
    ControlCharacter,
    /// An invisible character that could deceive readers.
    UnseenCharacter(Unseen),
    /// A tag that stands in the list already.
    Repeated,
    /// A text that is not an http or https address.
    NotWebAddress,
    /// A capacity outside of [`EventFields::CAPACITY`](crate::EventFields::CAPACITY).
    OutOfRange,
    /// A text that is not a date and time of RFC 3339.
    NotTime,
    /// A text that is not a date of the form `YYYY-MM-DD`.
    NotDate,
    /// A date that the calendar does not have, such as 30 February.
    NoSuchDay {
        /// The year.
        year: i16,
        /// The month as a number, which may also not exist.
        month: i8,
        /// The day of the month.
        day: i8,
    },
    /// A day that the event's time zone left out, as Pacific/Apia did 30 December 2011.
    SkippedDay {
        /// The day.
        day: Date,
        /// The name of the zone.
        time_zone: String,
    },
    /// A date before 1970 or after 9999, or a time after 9999-12-30T22:00:00Z, the last one
    /// that exists in every time zone.
    YearOutOfRange,
    /// An end before that start.
    Before(Field),
    /// An end without that start.
    Requires(Field),
    /// A first day together with that start.
    Excludes(Field),
    /// No time zone, although a time without an offset needs one.
    NoTimeZone,
    /// A text that names no time zone.
    UnknownTimeZone,
    /// A text that names no [`Visibility`](crate::Visibility).
    UnknownVisibility,
}

impl ProblemCode {
    /// Returns the kind of problem as one word for programs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Blank | Self::NoTimeZone => "required",
            Self::TooLong { .. } | Self::TooManyTags { .. } => "too_long",
            Self::ControlCharacter => "control_character",
            Self::UnseenCharacter(_) => "unseen_character",
            Self::Repeated => "duplicate",
            Self::OutOfRange | Self::YearOutOfRange | Self::Before(_) => "out_of_range",
            Self::Requires(_) | Self::Excludes(_) => "conflict",
            Self::NotWebAddress
            | Self::NotTime
            | Self::NotDate
            | Self::NoSuchDay { .. }
            | Self::SkippedDay { .. }
            | Self::UnknownTimeZone
            | Self::UnknownVisibility => "invalid",
        }
    }
}

impl InvalidEvent {
    /// Adds a problem.
    pub(crate) fn add(&mut self, field: Field, code: ProblemCode) {
        self.problems.push(FieldProblem { field, code });
    }

    /// Whether the field has a problem.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.problems.iter().any(|problem| problem.field == field)
    }

    /// Removes the problems of fields that stay as they are: rules may have become stricter since
    /// those fields were stored.
    pub(crate) fn only_of(&mut self, changed: impl Fn(Field) -> bool) {
        self.problems.retain(|problem| changed(problem.field));
    }

    /// Returns the value of a check, or adds its problems.
    pub(crate) fn take<T>(&mut self, checked: Result<T, Self>) -> Option<T> {
        checked
            .map_err(|invalid| self.problems.extend(invalid.problems))
            .ok()
    }

    /// Returns the problems, if there are any, in the order of the fields.
    pub(crate) fn into_result(mut self) -> Result<(), Self> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.problems.sort_by_key(|problem| problem.field);
        Err(self)
    }

    fn listed(&self) -> String {
        let one = |problem: &FieldProblem| format!("{}: {}", problem.field, problem.code.as_str());
        self.problems.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}
