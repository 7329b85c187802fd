//! Turns the errors of the use cases and of bodies into problems.

use guestlist::{
    Advice, EmailError, HashError, IdentifyError, NewPasswordError, PasswordError, SignInError,
    SignOutError, SignUpError, StoreError,
};
use std::borrow::Cow;

use super::super::{FieldError, Problem};
use crate::{BodyError, FormError, JsonError};

impl FieldError {
    /// Creates an error for the member at this JSON pointer.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            detail: detail.into(),
            advice: Vec::new(),
        }
    }

    /// Creates the error for an invalid e-mail address, with the pointer `/email`.
    pub fn email(error: EmailError) -> Self {
        let code = match error {
            EmailError::Empty => "required",
            EmailError::TooLong => "too_long",
            EmailError::UnseenCharacter
            | EmailError::OtherSpelling
            | EmailError::Malformed
            | EmailError::Domain => "invalid",
        };
        Self::new("/email", code, error.to_string())
    }

    /// Creates the error for a refused password, with the pointer `/password` and with advice on
    /// how to choose a better one.
    pub fn password(reason: PasswordError, advice: &Advice) -> Self {
        let code = match reason {
            PasswordError::TooShort(_) => "too_short",
            PasswordError::TooLong(_) => "too_long",
            PasswordError::TooCommon => "too_common",
            PasswordError::OneCharacter => "one_character",
            PasswordError::SameAsEmail => "same_as_email",
            PasswordError::SameAsSite => "same_as_site",
            PasswordError::Breached => "breached",
        };
        Self {
            advice: advice.words().collect(),
            ..Self::new("/password", code, reason.to_string())
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::unavailable(&error)
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::busy(),
            HashError::Entropy(_) => Self::unavailable(&error),
        }
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::invalid(vec![error])
    }
}

impl From<EmailError> for Problem {
    fn from(error: EmailError) -> Self {
        FieldError::email(error).into()
    }
}

impl From<NewPasswordError> for Problem {
    fn from(error: NewPasswordError) -> Self {
        Self::new_password(error, "/password")
    }
}

impl Problem {
    /// The password at this pointer was refused.
    pub(in crate::problem) fn new_password(error: NewPasswordError, pointer: &'static str) -> Self {
        match error {
            NewPasswordError::Refused { reason, advice } => Self::invalid(vec![FieldError {
                pointer: pointer.to_owned(),
                ..FieldError::password(reason, &advice)
            }]),
            NewPasswordError::Hash(error) => error.into(),
            NewPasswordError::Unread(_) => Self::unavailable(&error),
        }
    }
}

impl From<SignUpError> for Problem {
    fn from(error: SignUpError) -> Self {
        match error {
            SignUpError::EmailTaken => Self::conflict("email_taken", error.to_string()),
            SignUpError::Refused(why) => Self::sign_up_refused(why),
            SignUpError::Password(error) => error.into(),
            SignUpError::Store(error) => error.into(),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::WrongCredentials => Self::wrong_credentials(),
            SignInError::NotApproved => Self::forbidden("approval_pending", error.to_string()),
            SignInError::Hash(error) => error.into(),
            SignInError::Store(error) => error.into(),
        }
    }
}

impl From<IdentifyError> for Problem {
    fn from(error: IdentifyError) -> Self {
        match error {
            IdentifyError::InvalidToken => Self::invalid_token(),
            IdentifyError::Store(error) => error.into(),
        }
    }
}

impl From<SignOutError> for Problem {
    fn from(error: SignOutError) -> Self {
        match error {
            SignOutError::Store(error) => error.into(),
        }
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::MediaType(expected) => Self::unsupported_media_type(expected),
            BodyError::TooLarge => Self::too_large(),
            BodyError::Stalled => Self::request_timeout(),
            BodyError::Broken => Self::bad_request(
                "bad_request",
                "the connection broke before the whole body arrived",
            ),
        }
    }
}

impl From<JsonError> for Problem {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Body(error) => error.into(),
            JsonError::Missing => {
                Self::bad_request("missing_body", "send a JSON object as the body")
            }
            JsonError::Syntax { line, column } => Self::bad_request(
                "malformed_json",
                format!("the body is not JSON: see line {line}, column {column}"),
            ),
            JsonError::Data(errors) => Self::invalid(errors),
        }
    }
}

impl From<FormError> for Problem {
    fn from(error: FormError) -> Self {
        match error {
            FormError::Body(error) => error.into(),
            error => Self::bad_request("invalid_request", error.to_string()),
        }
    }
}
