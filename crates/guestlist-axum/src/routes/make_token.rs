//! `POST /me/tokens`.

use std::time::Duration;

use axum::{http::StatusCode, response::IntoResponse};
use guestlist::{Guestlist, MadeToken, Scope, TokenName};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::personal_token::PersonalTokenBody;
use crate::{
    CurrentSession, FieldError, Json, Mistakes, Private, Problem, ProblemBody, Reauthenticated,
    SeenFrom, Unchecked, whole_number,
};

/// A request for a new personal access token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// The token's name: one line, 1 to 200 characters.
    #[schema(example = "backup")]
    name: String,
    /// `read`, or `write`, which includes it.
    #[schema(value_type = ScopeName)]
    scope: String,
    /// How long the token is valid, in seconds: 1 to 31,622,400, which is 366 days.
    #[schema(example = 2_592_000)]
    #[serde(deserialize_with = "seconds")]
    expires_in: u32,
}

fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    whole_number(value, "a whole number from 1 to 31,622,400")
}

/// What a personal access token opens, for the documentation.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case", as = PersonalScope)]
#[expect(dead_code, reason = "describes a text")]
enum ScopeName {
    Read,
    Write,
}

impl NewToken {
    fn check(self, mistakes: &mut Mistakes) -> Option<(TokenName, Scope, Duration)> {
        let name = TokenName::parse(&self.name).map_err(FieldError::name);
        let name = mistakes.take(name);
        let scope = match self.scope.parse() {
            Ok(scope @ (Scope::Read | Scope::Write)) => Ok(scope),
            Ok(Scope::Account | Scope::Introspect) | Err(_) => {
                Err(FieldError::new("/scope", "type", "expected read or write"))
            }
        };
        let scope = mistakes.take(scope);
        let lifetime = Duration::from_secs(self.expires_in.into());
        let checked = Guestlist::check_token_lifetime(lifetime);
        mistakes.take(checked.map_err(|error| FieldError::token_lifetime(&error)));
        Some((name?, scope?, lifetime))
    }
}

/// A new personal access token. Its secret is shown only here.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewPersonalToken {
    /// The token: store it now. Send it as `Authorization: Bearer …`.
    token: String,
    /// The record that `GET /me/tokens` also shows.
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

/// `POST /me/tokens`: creates a personal access token for events and `GET /me`; it cannot change
/// the account. The user must have reauthenticated a moment ago.
#[utoipa::path(
    post, path = "/me/tokens", tag = "authentication", operation_id = "make_token", request_body = NewToken,
    responses(
        (status = 201, description = "The new token: only this answer shows its secret", body = NewPersonalToken),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`proof_required`: send the password, then try again; `too_many_tokens`; or a personal access token was sent"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn make_token(
    SeenFrom(guestlist): SeenFrom,
    Reauthenticated(current): Reauthenticated<CurrentSession>,
    new: Unchecked<NewToken>,
) -> Result<impl IntoResponse, Problem> {
    let (name, scope, lifetime) = new.check(NewToken::check)?;
    let session = current.session().id;
    let made = guestlist.make_token(session, name, scope, lifetime).await?;
    let body = Json(NewPersonalToken::from(made));
    Ok(Private((StatusCode::CREATED, body)))
}
