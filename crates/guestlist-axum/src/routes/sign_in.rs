//! Signing in.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use guestlist::{Email, Guestlist, Password, Session, SignedIn, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Private;
use crate::{Json, Problem, ProblemBody, SentBy};

/// What opens an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// In any case.
    #[schema(example = "reader@packt.com")]
    email: String,
    /// Exactly as it was chosen.
    #[schema(format = Password, example = "exemplary")]
    password: String,
}

/// A session that was opened, and what opens it from now on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Opened {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// In seconds.
    expires_in: u64,
    session: SessionBody,
}

/// A session on the wire.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// Never changes.
    #[schema(format = Uuid)]
    id: String,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    created_at: String,
    /// RFC 3339, in UTC.
    #[schema(format = DateTime)]
    expires_at: String,
    /// What the client called itself.
    device: Option<String>,
    /// Where the sign-in came from.
    address: Option<String>,
}

impl From<&Session> for SessionBody {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            expires_at: session.expires_at.to_string(),
            device: session.client.device.clone(),
            address: session.client.address.map(|address| address.to_string()),
        }
    }
}

impl From<SignedIn> for Opened {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: signed_in.expires_in.as_secs(),
            session: SessionBody::from(&signed_in.session),
        }
    }
}

/// `POST /sessions`: trades an e-mail address and a password for a session.
#[utoipa::path(
    post, path = "/sessions", tag = "door", operation_id = "sign_in", request_body = SignIn,
    responses(
        (status = 201, body = Opened),
        (status = 401, body = ProblemBody, content_type = "application/problem+json",
            description = "Wrong e-mail or password: one answer for both"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn sign_in(
    State(guestlist): State<Guestlist>,
    SentBy(client): SentBy,
    Json(request): Json<SignIn>,
) -> Result<impl IntoResponse, Problem> {
    let email = Email::parse(&request.email).ok();
    let password = Password::new(request.password);
    let signed_in = guestlist
        .sign_in(email.as_ref(), password, client, Wanted::JWT_ALONE)
        .await?;
    Ok(Private((
        StatusCode::CREATED,
        axum::Json(Opened::from(signed_in)),
    )))
}
