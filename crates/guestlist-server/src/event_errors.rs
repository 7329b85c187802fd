//! Maps the planner's errors to problems. API, pages and FastAPI-book addresses share them.

use guestlist_axum::{FieldError, Mistakes, Problem};
use planner::{
    ChangeEventError, CreateEventError, DeleteEventError, FieldProblem, InvalidEvent,
    OwnEventError, ProblemCode,
};

use crate::event_words::fragment;

pub(crate) fn invalid(invalid: &InvalidEvent) -> Problem {
    Problem::invalid(field_errors(invalid))
}

/// Returns an error for each problem, at the member of the field.
pub(crate) fn field_errors(invalid: &InvalidEvent) -> Vec<FieldError> {
    invalid.problems.iter().map(field_error).collect()
}

/// Adds the mistakes of a check to those of reading the body, in the words of `spelled`. The
/// planner checks a request that has been read without mistakes, so then `check` does not run.
pub(crate) fn add_others<E: IntoIterator<Item = FieldError>>(
    mistakes: &mut Mistakes,
    check: impl FnOnce() -> Result<(), InvalidEvent>,
    spelled: impl FnOnce(&InvalidEvent) -> E,
) {
    if mistakes.is_empty() {
        return;
    }
    if let Err(invalid) = check() {
        mistakes.add(spelled(&invalid));
    }
}

/// Returns the error of that problem, at the member of the field.
pub(crate) fn field_error(problem: &FieldProblem) -> FieldError {
    let code = match &problem.code {
        // As a member that has another type.
        ProblemCode::UnknownVisibility => "type",
        code => code.as_str(),
    };
    let detail = fragment(problem, |field| field);
    FieldError::new(format!("/{}", problem.field), code, detail)
}

pub(crate) fn own_event(error: OwnEventError) -> Problem {
    match error {
        OwnEventError::NotFound => Problem::not_found(),
        OwnEventError::NotCreator => Problem::forbidden("not_creator", error.to_string()),
        OwnEventError::Store(error) => error.into(),
    }
}

pub(crate) fn create_event(error: CreateEventError) -> Problem {
    match error {
        CreateEventError::Invalid(error) => invalid(&error),
        CreateEventError::TooMany(_) => {
            Problem::forbidden("too_many_events", error.to_string()).because_of("events_per_user")
        }
        CreateEventError::KeyUsed(_) => Problem::key_used(error.to_string()),
        CreateEventError::Store(error) => error.into(),
    }
}

pub(crate) fn change_event(error: ChangeEventError) -> Problem {
    match error {
        ChangeEventError::Own(error) => own_event(error),
        ChangeEventError::Stale => Problem::stale(),
        ChangeEventError::Invalid(error) => invalid(&error),
        ChangeEventError::Store(error) => error.into(),
    }
}

pub(crate) fn delete_event(error: DeleteEventError) -> Problem {
    match error {
        DeleteEventError::Own(error) => own_event(error),
        DeleteEventError::Stale => Problem::stale(),
        DeleteEventError::Store(error) => error.into(),
    }
}
