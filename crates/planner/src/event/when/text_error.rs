//! Why a text is no date or time.

use crate::ProblemCode;

/// Why a text is no date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextError {
    /// It has another form.
    Form,
    /// Its date is not in the calendar.
    NoSuchDay { year: i16, month: i8, day: i8 },
}

impl TextError {
    /// Returns the problem of the field. `form` is what a text of another form is not.
    pub(super) fn code(self, form: ProblemCode) -> ProblemCode {
        match self {
            Self::Form => form,
            Self::NoSuchDay { year, month, day } => ProblemCode::NoSuchDay { year, month, day },
        }
    }
}
