//! Turns the errors of links and codes into problems.

use guestlist::{
    ConfirmEmailChangeError, LinkError, LinkRefusal, MakeResetLinkError, ResetPasswordError,
    UndoEmailChangeError, VerifyEmailError,
};

use super::{FieldError, Problem};

impl Problem {
    /// 403: the user must verify the e-mail address first.
    pub fn email_not_verified() -> Self {
        let detail =
            "verify your e-mail address first: open the link in the mail that was sent to it";
        Self::forbidden("email_not_verified", detail)
    }
}

impl From<LinkRefusal> for Problem {
    fn from(refusal: LinkRefusal) -> Self {
        Self::bad_request("invalid_link", refusal.to_string())
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Refused(refusal) => refusal.into(),
            LinkError::Store(error) => error.into(),
        }
    }
}

impl From<ResetPasswordError> for Problem {
    fn from(error: ResetPasswordError) -> Self {
        match error {
            ResetPasswordError::Link(error) => error.into(),
            ResetPasswordError::Password(error) => Self::new_password(error, "/new_password"),
            ResetPasswordError::Store(error) => error.into(),
        }
    }
}

impl From<VerifyEmailError> for Problem {
    fn from(error: VerifyEmailError) -> Self {
        match error {
            VerifyEmailError::PasswordRequired => {
                FieldError::new("/new_password", "required", error.to_string()).into()
            }
            VerifyEmailError::Link(error) => error.into(),
            VerifyEmailError::MalformedCode => {
                FieldError::new("/code", "invalid", error.to_string()).into()
            }
            VerifyEmailError::WrongCode { .. } | VerifyEmailError::NoCode => {
                Self::bad_request("wrong_code", error.to_string())
            }
            VerifyEmailError::Password(error) => Self::new_password(error, "/new_password"),
            VerifyEmailError::Store(error) => error.into(),
        }
    }
}

impl From<ConfirmEmailChangeError> for Problem {
    fn from(error: ConfirmEmailChangeError) -> Self {
        match error {
            ConfirmEmailChangeError::EmailTaken => Self::conflict("email_taken", error.to_string()),
            ConfirmEmailChangeError::Link(error) => error.into(),
            ConfirmEmailChangeError::Store(error) => error.into(),
        }
    }
}

impl From<UndoEmailChangeError> for Problem {
    fn from(error: UndoEmailChangeError) -> Self {
        match error {
            UndoEmailChangeError::EmailTaken => Self::conflict("email_taken", error.to_string()),
            UndoEmailChangeError::Link(error) => error.into(),
            UndoEmailChangeError::Store(error) => error.into(),
        }
    }
}

impl From<MakeResetLinkError> for Problem {
    fn from(error: MakeResetLinkError) -> Self {
        match error {
            MakeResetLinkError::NoSuchUser => Self::not_found(),
            MakeResetLinkError::Disabled => Self::conflict("disabled", error.to_string()),
            MakeResetLinkError::Store(error) => error.into(),
        }
    }
}
