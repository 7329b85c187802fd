//! The form of the book's sign-in: urlencoded, or multipart (RFC 7578).

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    http::header::CONTENT_TYPE,
};
use guestlist_axum::{BodyError, FieldError, Form, FormError, read_body};

use super::answer::Refusal;
use crate::app::App;

/// Its fields; none where the body is of another type.
pub(crate) struct BookForm(pub(crate) Form);

impl FromRequest<App> for BookForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &App) -> Result<Self, Refusal> {
        let mime = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let form = match mime.and_then(|mime| multer::parse_boundary(mime).ok()) {
            Some(boundary) => multipart(request, boundary).await,
            None => Form::read(request).await,
        };
        match form {
            Ok(form) => Ok(Self(form)),
            Err(FormError::Body(BodyError::MediaType(_))) => Ok(Self(Form::default())),
            Err(FormError::Body(error)) => Err(error.into()),
            Err(error) => {
                let error = FieldError::new("", "form_invalid", error.to_string());
                Err(Refusal::Invalid("body", vec![error]))
            }
        }
    }
}

async fn multipart(request: Request, boundary: String) -> Result<Form, FormError> {
    let body = read_body(request).await.map_err(FormError::Body)?;
    let mut multipart = multer::Multipart::new(Body::from(body).into_data_stream(), boundary);
    let mut form = Form::default();
    // What is no multipart body is an encoding like any other that cannot be read.
    while let Some(field) = multipart
        .next_field()
        .await
        .map_err(|_| FormError::Encoding)?
    {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|_| FormError::Encoding)?;
        let value = String::from_utf8(bytes.to_vec()).map_err(|_| FormError::Encoding)?;
        form.insert(name, value)?;
    }
    Ok(form)
}
