//! Maps the planner's errors to problems. API, pages and FastAPI-book addresses share them.

use guestlist_axum::{FieldError, Problem};
use planner::{
    ChangeEventError, CreateEventError, DeleteEventError, FieldProblem, InvalidEvent,
    OwnEventError, ProblemCode,
};

use crate::event_words::fragment;

pub(crate) fn invalid(invalid: &InvalidEvent) -> Problem {
    Problem::invalid(field_errors(invalid).collect())
}

/// Returns an error for each problem, at the member of the field.
pub(crate) fn field_errors(invalid: &InvalidEvent) -> impl Iterator<Item = FieldError> {
    invalid.problems.iter().map(field_error)
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
    change_event(error.into())
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
        ChangeEventError::NotFound => Problem::not_found(),
        ChangeEventError::NotCreator => Problem::forbidden("not_creator", error.to_string()),
        ChangeEventError::Stale => Problem::stale(),
        ChangeEventError::Invalid(error) => invalid(&error),
        ChangeEventError::Store(error) => error.into(),
    }
}

pub(crate) fn delete_event(error: DeleteEventError) -> Problem {
    match error {
        DeleteEventError::NotFound => Problem::not_found(),
        DeleteEventError::NotCreator => Problem::forbidden("not_creator", error.to_string()),
        DeleteEventError::Stale => Problem::stale(),
        DeleteEventError::Store(error) => error.into(),
    }
}
