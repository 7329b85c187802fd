//! Turns the errors of what administrators do with accounts into problems.

use guestlist::{ApproveUserError, DisableUserError, EnableUserError, SetRoleError};

use super::Problem;

impl From<DisableUserError> for Problem {
    fn from(error: DisableUserError) -> Self {
        match error {
            DisableUserError::NoSuchUser => Self::not_found(),
            DisableUserError::OwnAccount => Self::own_account(error.to_string()),
            DisableUserError::Store(error) => error.into(),
        }
    }
}

impl From<EnableUserError> for Problem {
    fn from(error: EnableUserError) -> Self {
        match error {
            EnableUserError::NoSuchUser => Self::not_found(),
            EnableUserError::Store(error) => error.into(),
        }
    }
}

impl From<SetRoleError> for Problem {
    fn from(error: SetRoleError) -> Self {
        match error {
            SetRoleError::NoSuchUser => Self::not_found(),
            SetRoleError::OwnAccount => Self::own_account(error.to_string()),
            SetRoleError::Store(error) => error.into(),
        }
    }
}

impl From<ApproveUserError> for Problem {
    fn from(error: ApproveUserError) -> Self {
        match error {
            ApproveUserError::NoSuchUser => Self::not_found(),
            ApproveUserError::Store(error) => error.into(),
        }
    }
}
