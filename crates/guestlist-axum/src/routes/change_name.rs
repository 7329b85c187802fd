//! `PATCH /me`.

use guestlist::UserName;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::{
    CurrentSession, FieldError, Json, Private, Problem, ProblemBody, SeenFrom, Unchecked, UserBody,
};

/// The changes of the caller's account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeMe {
    /// The name that other users see: one line of at most 200 characters without an `@`. `null`
    /// removes it. Without this member the name stays.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "Ada Lovelace")]
    name: Option<Option<String>>,
}

/// Tells `null` from a member that was not sent.
fn given<'de, D: Deserializer<'de>>(sent: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(sent).map(Some)
}

/// `PATCH /me`: changes the name of the session's user.
#[utoipa::path(
    patch, path = "/me", tag = "authentication", operation_id = "change_me", request_body = ChangeMe,
    responses(
        (status = 200, description = "The user after the change", body = UserBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn change_name(
    SeenFrom(guestlist): SeenFrom,
    current: CurrentSession,
    request: Unchecked<ChangeMe>,
) -> Result<Private<Json<UserBody>>, Problem> {
    let name = request.check(|request, mistakes| {
        let Some(name) = request.name else {
            return Some(None);
        };
        let name = name.as_deref().map(UserName::parse).transpose();
        mistakes.take(name.map_err(FieldError::name)).map(Some)
    })?;
    let Some(name) = name else {
        return Ok(Private(Json(current.user().into())));
    };
    let user = guestlist.change_name(current.session().id, name).await?;
    Ok(Private(Json(UserBody::from(&user))))
}
