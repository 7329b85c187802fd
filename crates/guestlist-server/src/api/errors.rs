//! Maps the planner's errors to problems.

use guestlist_axum::{FieldError, Problem};
use planner::{ChangeEventError, CreateEventError, DeleteEventError, InvalidEvent, OwnEventError};

pub(crate) fn invalid(invalid: InvalidEvent) -> Problem {
    Problem::invalid(mistakes(invalid).collect())
}

pub(crate) fn mistakes(invalid: InvalidEvent) -> impl Iterator<Item = FieldError> {
    let error = |problem: planner::FieldProblem| {
        FieldError::new(problem.field, problem.code, problem.detail)
    };
    invalid.problems.into_iter().map(error)
}

pub(crate) fn own_event(error: OwnEventError) -> Problem {
    change_event(error.into())
}

pub(crate) fn create_event(error: CreateEventError) -> Problem {
    match error {
        CreateEventError::Invalid(error) => invalid(error),
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
        ChangeEventError::Invalid(error) => invalid(error),
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
