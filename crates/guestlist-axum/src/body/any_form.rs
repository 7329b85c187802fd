//! Forms as browsers send them: URL-encoded, or multipart (RFC 7578).

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header::CONTENT_TYPE},
};

use super::{
    Arrived, BodyError, Form, FormError, FormLimit, form::MIME, media_type, read_body_up_to,
};
use crate::Problem;

/// A [`Form`] of either type. A file in it is read as text, like any other field.
#[derive(Clone, Debug)]
pub struct AnyForm(pub Form);

/// What can be read of a form.
#[derive(Clone, Debug, Default)]
pub struct PartialForm {
    /// The fields that can be read.
    pub form: Form,
    /// The name of the field whose end is missing. Fields after it are missing, too.
    pub cut: Option<String>,
}

/// The encoding of a form.
#[derive(Debug)]
pub(crate) enum FormType {
    Urlencoded,
    /// The boundary between the parts.
    Multipart(String),
}

impl AnyForm {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// [`BodyError::MediaType`] if the body is not a form; otherwise see [`FormError`].
    pub async fn read(request: Request) -> Result<Self, FormError> {
        let (parts, body) = request.into_parts();
        let mime = form_type(&parts.headers);
        let mime = mime.ok_or(FormError::Body(BodyError::MediaType(MIME)))?;
        let most = FormLimit::of(&parts.extensions);
        let body = read_body_up_to(&parts.headers, body, most).await;
        let body = body.map_err(FormError::Body)?;
        mime.parse(body).await.map(Self)
    }

    /// Reads as much as can be read of the form in a body, so that a refused form can be shown
    /// again. The headers must announce a form; it may have any charset. Of a repeated field the
    /// first one counts. Bytes that are not UTF-8 become U+FFFD.
    pub async fn readable(headers: &HeaderMap, body: &Arrived) -> Option<PartialForm> {
        let is_cut = body.missing.is_some();
        let (form_type, _) = form_type_and_charset(headers)?;
        Some(match form_type {
            FormType::Urlencoded => {
                let (form, cut) = Form::readable(&body.bytes, is_cut);
                PartialForm { form, cut }
            }
            FormType::Multipart(boundary) => {
                let mut read = PartialForm::default();
                let body = Body::from(body.bytes.clone()).into_data_stream();
                let mut multipart = multer::Multipart::new(body, boundary);
                while let Ok(Some(mut field)) = multipart.next_field().await {
                    let name = field.name().unwrap_or_default().to_owned();
                    let mut bytes = Vec::new();
                    let is_whole = loop {
                        match field.chunk().await {
                            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                            Ok(None) => break true,
                            Err(_) => break false,
                        }
                    };
                    // A field too many, or one that is repeated, is left out.
                    let value = String::from_utf8_lossy(&bytes).into_owned();
                    let inserted = read.form.insert(name.clone(), value);
                    if !is_whole {
                        read.cut = inserted.is_ok().then_some(name);
                        break;
                    }
                }
                read
            }
        })
    }

    /// Whether the headers announce a form that [`read`](Self::read) accepts.
    pub fn is_announced(headers: &HeaderMap) -> bool {
        form_type(headers).is_some()
    }
}

impl FormType {
    pub(crate) async fn parse(self, body: Bytes) -> Result<Form, FormError> {
        match self {
            Self::Urlencoded => Form::parse(&body),
            Self::Multipart(boundary) => multipart(body, boundary).await,
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for AnyForm {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(request).await?)
    }
}

/// Returns the type of the form that the headers announce, if they announce one.
pub(crate) fn form_type(headers: &HeaderMap) -> Option<FormType> {
    let (form_type, is_utf8) = form_type_and_charset(headers)?;
    is_utf8.then_some(form_type)
}

/// Returns the type of the form that the headers announce, and whether its text is UTF-8. The
/// charset of a multipart body does not count.
fn form_type_and_charset(headers: &HeaderMap) -> Option<(FormType, bool)> {
    let (essence, is_utf8) = media_type(headers)?;
    match essence.as_str() {
        MIME => Some((FormType::Urlencoded, is_utf8)),
        "multipart/form-data" => {
            let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
            let boundary = multer::parse_boundary(value).ok()?;
            Some((FormType::Multipart(boundary), true))
        }
        _ => None,
    }
}

/// Parses a multipart body. An invalid body is [`FormError::Encoding`], as for the other encoding.
async fn multipart(body: Bytes, boundary: String) -> Result<Form, FormError> {
    let mut multipart = multer::Multipart::new(Body::from(body).into_data_stream(), boundary);
    let mut form = Form::default();
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
