//! Turns the errors of the use cases for sessions and tokens into problems.

use guestlist::{
    ChangeEmailError, ChangeNameError, ChangePasswordError, DeleteUserError, EndOtherSessionsError,
    MakeInvitationError, MakeTokenError, ReauthenticateError, ReauthenticatedError, RefreshError,
    RetireTokenError, RevokeError, UserNameError,
};

use super::{FieldError, Problem};

impl Problem {
    /// 403: the caller is known, and the password is wrong.
    fn wrong_password() -> Self {
        Self::forbidden("wrong_password", "wrong password")
    }

    /// 403: administrators would lock themselves out.
    pub fn own_account(detail: String) -> Self {
        Self::forbidden("own_account", detail)
    }
}

impl FieldError {
    /// Creates the error for an invalid name of a user or a token, with the pointer `/name`.
    pub fn name(error: UserNameError) -> Self {
        let code = match error {
            UserNameError::Empty => "required",
            UserNameError::TooLong => "too_long",
            UserNameError::Control | UserNameError::Unseen(_) | UserNameError::Address => "invalid",
        };
        Self::new("/name", code, error.to_string())
    }

    /// Creates the error for the invalid note of an invitation, with the pointer `/note`.
    pub fn note(error: UserNameError) -> Self {
        let detail = error.about("note");
        Self {
            pointer: "/note".to_owned(),
            detail,
            ..Self::name(error)
        }
    }

    /// Creates the error for the uses, the address or the lifetime of an invitation, with the pointer
    /// `/uses`, `/email` or `/expires_in`. `None` for an error of the store, or if the request came before.
    pub fn invitation(error: &MakeInvitationError) -> Option<Self> {
        let pointer = match error {
            MakeInvitationError::Uses => "/uses",
            MakeInvitationError::NoAddress => "/email",
            MakeInvitationError::Lifetime => "/expires_in",
            MakeInvitationError::MadeBefore | MakeInvitationError::Store(_) => return None,
        };
        Some(Self::new(pointer, "out_of_range", error.to_string()))
    }

    /// A lifetime that a personal access token may not have.
    pub(crate) fn token_lifetime(error: &MakeTokenError) -> Self {
        Self::new("/expires_in", "out_of_range", error.to_string())
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::InvalidGrant => Self::bad_request("invalid_grant", error.to_string()),
            // The client is not told which of the two errors it was.
            RefreshError::TooManyRetries => Self {
                limit: Some("refresh_retries"),
                ..Self::bad_request("invalid_grant", error.to_string())
            },
            RefreshError::Store(error) => error.into(),
        }
    }
}

impl From<EndOtherSessionsError> for Problem {
    fn from(error: EndOtherSessionsError) -> Self {
        match error {
            EndOtherSessionsError::SessionEnded => Self::invalid_token(),
            EndOtherSessionsError::Store(error) => error.into(),
        }
    }
}

impl From<DeleteUserError> for Problem {
    fn from(error: DeleteUserError) -> Self {
        match error {
            DeleteUserError::OwnAccount => Self::own_account(error.to_string()),
            DeleteUserError::Store(error) => error.into(),
        }
    }
}

impl From<ChangePasswordError> for Problem {
    fn from(error: ChangePasswordError) -> Self {
        match error {
            ChangePasswordError::WrongPassword => Self::wrong_password(),
            ChangePasswordError::CodeRequired => Self::code_required(),
            ChangePasswordError::Password(error) => Self::new_password(error, "/new_password"),
            ChangePasswordError::SessionEnded => Self::invalid_token(),
            ChangePasswordError::TooManyTries(when) => Self::too_many_tries(when),
            ChangePasswordError::Hash(error) => error.into(),
            ChangePasswordError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeEmailError> for Problem {
    fn from(error: ChangeEmailError) -> Self {
        match error {
            ChangeEmailError::EmailTaken => Self::conflict("email_taken", error.to_string()),
            ChangeEmailError::Reauthenticated(error) => error.into(),
            ChangeEmailError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeNameError> for Problem {
    fn from(error: ChangeNameError) -> Self {
        match error {
            ChangeNameError::SessionEnded => Self::invalid_token(),
            ChangeNameError::Store(error) => error.into(),
        }
    }
}

impl From<ReauthenticateError> for Problem {
    fn from(error: ReauthenticateError) -> Self {
        match error {
            ReauthenticateError::WrongPassword => Self::wrong_password(),
            ReauthenticateError::CodeRequired => Self::code_required(),
            ReauthenticateError::Code(error) => error.into(),
            ReauthenticateError::SessionEnded => Self::invalid_token(),
            ReauthenticateError::TooManyTries(when) => Self::too_many_tries(when),
            ReauthenticateError::Hash(error) => error.into(),
            ReauthenticateError::Store(error) => error.into(),
        }
    }
}

impl From<ReauthenticatedError> for Problem {
    fn from(error: ReauthenticatedError) -> Self {
        match error {
            ReauthenticatedError::Required => Self::reauthentication_required(),
            ReauthenticatedError::SessionEnded => Self::invalid_token(),
            ReauthenticatedError::Store(error) => error.into(),
        }
    }
}

impl From<MakeTokenError> for Problem {
    fn from(error: MakeTokenError) -> Self {
        let invalid = |pointer, code, error: &MakeTokenError| {
            Self::invalid(vec![FieldError::new(pointer, code, error.to_string())])
        };
        match error {
            MakeTokenError::Scope => invalid("/scope", "invalid", &error),
            MakeTokenError::Lifetime => FieldError::token_lifetime(&error).into(),
            MakeTokenError::MadeBefore => Self::key_used(error.to_string()),
            MakeTokenError::TooMany(_) => {
                Self::forbidden("too_many_tokens", error.to_string()).because_of("tokens_per_user")
            }
            MakeTokenError::Reauthenticated(error) => error.into(),
            MakeTokenError::Store(error) => error.into(),
        }
    }
}

impl From<MakeInvitationError> for Problem {
    fn from(error: MakeInvitationError) -> Self {
        if let Some(mistake) = FieldError::invitation(&error) {
            return mistake.into();
        }
        match error {
            MakeInvitationError::Store(error) => error.into(),
            error => Self::key_used(error.to_string()),
        }
    }
}

impl From<RetireTokenError> for Problem {
    fn from(error: RetireTokenError) -> Self {
        match error {
            RetireTokenError::Store(error) => error.into(),
        }
    }
}

impl From<RevokeError> for Problem {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::Store(error) => error.into(),
        }
    }
}
