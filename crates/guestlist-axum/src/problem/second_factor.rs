//! Turns the errors of the second factor into problems.

use guestlist::{CodeError, FinishSignInError, SecondFactorError, SignInChallenge};

use super::{FieldError, Problem};

impl Problem {
    /// 401: the password is right, and the sign-in has a second step. A program continues with the
    /// member `challenge`.
    pub(in crate::problem) fn second_step_required(challenge: SignInChallenge) -> Self {
        let detail = "this account has a second factor: POST {\"challenge\": …, \"code\": …} to sessions/second-factor. \
            A program uses a personal access token instead";
        Self {
            second_step: Some(Box::new(challenge)),
            ..Self::unauthorized("second_factor_required", detail)
        }
    }

    /// 403: the password is right, and a code is missing.
    pub(in crate::problem) fn code_required() -> Self {
        let detail = "this account has a second factor: send a code in \"code\", too";
        Self::forbidden("second_factor_required", detail)
    }

    fn unauthorized(code: &'static str, detail: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            ..Self::wrong_credentials()
        }
    }
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Malformed | CodeError::NotSixDigits => {
                FieldError::new("/code", "invalid", error.to_string()).into()
            }
            CodeError::WrongCode => Self::forbidden("wrong_code", error.to_string()),
            CodeError::CodeUsed => Self::forbidden("code_used", error.to_string()),
            CodeError::TooManyTries(when) => Self::too_many_tries(when),
            CodeError::Store(error) => error.into(),
        }
    }
}

impl From<FinishSignInError> for Problem {
    fn from(error: FinishSignInError) -> Self {
        match error {
            FinishSignInError::ChallengeExpired => {
                Self::unauthorized("challenge_expired", error.to_string())
            }
            FinishSignInError::Code(error @ CodeError::WrongCode) => {
                Self::unauthorized("wrong_code", error.to_string())
            }
            FinishSignInError::Code(error @ CodeError::CodeUsed) => {
                Self::unauthorized("code_used", error.to_string())
            }
            FinishSignInError::Code(error) => error.into(),
            FinishSignInError::Store(error) => error.into(),
        }
    }
}

impl From<SecondFactorError> for Problem {
    fn from(error: SecondFactorError) -> Self {
        match error {
            SecondFactorError::AlreadySet => Self::conflict("second_factor_set", error.to_string()),
            SecondFactorError::NotSet => Self::conflict("second_factor_not_set", error.to_string()),
            SecondFactorError::Code(error) => error.into(),
            SecondFactorError::Reauthenticated(error) => error.into(),
            SecondFactorError::Store(error) => error.into(),
        }
    }
}
