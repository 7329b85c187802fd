//! A form that is empty if the body is not a form.

use axum::extract::{FromRequest, Request};

use crate::{AnyForm, BodyError, FieldError, Form, FormError, Problem};

/// A form, URL-encoded or multipart. A missing body and a body of another type count as an empty
/// form, so that the handler can answer 422 with the fields that are missing. A form that cannot be
/// parsed is also answered with 422.
#[derive(Clone, Debug)]
pub struct FormOrEmpty(pub Form);

impl<S: Send + Sync> FromRequest<S> for FormOrEmpty {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        match AnyForm::read(request).await {
            Ok(AnyForm(form)) => Ok(Self(form)),
            Err(FormError::Body(BodyError::MediaType(_))) => Ok(Self(Form::default())),
            Err(FormError::Body(error)) => Err(error.into()),
            Err(error) => Err(FieldError::new("", "form_invalid", error.to_string()).into()),
        }
    }
}
