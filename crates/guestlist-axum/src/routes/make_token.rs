//! Making a token for a program.

use std::time::Duration;

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use guestlist::{Guestlist, MadeToken, Scope, TokenName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Private, personal_token::PersonalTokenBody};
use crate::{CurrentSession, FieldError, Fresh, Json, Problem, ProblemBody};

/// A token that somebody wants for a program of theirs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What to call it: one line, 1 to 200 characters.
    #[schema(example = "backup")]
    name: String,
    /// `read`, or `write`, which includes it.
    scope: ScopeName,
    /// For how many seconds it opens anything: 1 to 31,622,400, which is 366 days.
    #[schema(example = 2_592_000)]
    expires_in: u32,
}

/// Read as text first: what is derived for an enumeration takes objects and calls a number no JSON.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(rename_all = "snake_case", as = PersonalScope)]
enum ScopeName {
    Read,
    Write,
}

/// A personal token is to read or to write.
#[derive(Debug, thiserror::Error)]
#[error("expected read or write")]
struct NoPersonalScope;

impl TryFrom<String> for ScopeName {
    type Error = NoPersonalScope;

    fn try_from(name: String) -> Result<Self, NoPersonalScope> {
        match name.parse() {
            Ok(Scope::Read) => Ok(Self::Read),
            Ok(Scope::Write) => Ok(Self::Write),
            Ok(Scope::Account | Scope::Introspect) | Err(_) => Err(NoPersonalScope),
        }
    }
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Self {
        match name {
            ScopeName::Read => Self::Read,
            ScopeName::Write => Self::Write,
        }
    }
}

/// A personal token that was just made: the one time that it is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewPersonalToken {
    /// The token: keep it now. Send it as `Authorization: Bearer …`.
    token: String,
    /// What `GET /me/tokens` shows of it.
    personal_token: PersonalTokenBody,
}

impl From<MadeToken> for NewPersonalToken {
    fn from(made: MadeToken) -> Self {
        Self {
            token: made.secret.expose().to_owned(),
            personal_token: PersonalTokenBody::from(&made.token),
        }
    }
}

/// `POST /me/tokens`: makes a personal token, which opens events and `GET /me`, and nothing else of the
/// account. The password has to be proven a moment ago.
#[utoipa::path(
    post, path = "/me/tokens", tag = "door", operation_id = "make_token", request_body = NewToken,
    responses(
        (status = 201, body = NewPersonalToken),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`proof_required`: prove the password, then try again; `too_many_tokens`; or by a personal token"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("door" = []), ("cookie" = [])),
)]
pub(crate) async fn make_token(
    State(guestlist): State<Guestlist>,
    Fresh(current): Fresh<CurrentSession>,
    Json(new): Json<NewToken>,
) -> Result<impl IntoResponse, Problem> {
    let name = TokenName::parse(&new.name);
    let name = name.map_err(|error| Problem::invalid(vec![FieldError::name(error)]))?;
    let lives_for = Duration::from_secs(new.expires_in.into());
    let session = current.session().id;
    let made = guestlist
        .make_token(session, name, new.scope.into(), lives_for)
        .await?;
    let body = axum::Json(NewPersonalToken::from(made));
    Ok(Private((StatusCode::CREATED, body)))
}
