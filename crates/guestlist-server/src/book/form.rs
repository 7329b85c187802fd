//! The form of the book's sign-in: urlencoded, or multipart (RFC 7578).

use axum::extract::{FromRequest, Request};
use guestlist_axum::{AnyForm, BodyError, FieldError, Form, FormError};

use super::answer::Refusal;
use crate::app::App;

/// Its fields; none where the body is of another type.
pub(crate) struct BookForm(pub(crate) Form);

impl FromRequest<App> for BookForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &App) -> Result<Self, Refusal> {
        match AnyForm::read(request).await {
            Ok(AnyForm(form)) => Ok(Self(form)),
            Err(FormError::Body(BodyError::MediaType(_))) => Ok(Self(Form::default())),
            Err(FormError::Body(error)) => Err(error.into()),
            Err(error) => {
                let error = FieldError::new("", "form_invalid", error.to_string());
                Err(Refusal::Invalid("body", vec![error]))
            }
        }
    }
}
