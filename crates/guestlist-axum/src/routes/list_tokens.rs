//! `GET /me/tokens`.

use axum::{extract::State, response::IntoResponse};
use guestlist::{Guestlist, TokenId};
use serde::Serialize;
use utoipa::ToSchema;

use super::personal_token::PersonalTokenBody;
use crate::{
    CurrentSession, Json, Private, Problem, ProblemBody,
    page::{PageParameters, PageQuery},
};

/// A page of personal access tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonalTokenPage {
    items: Vec<PersonalTokenBody>,
    /// The cursor of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /me/tokens`: lists the user's active personal access tokens, oldest first, in pages.
#[utoipa::path(
    get, path = "/me/tokens", tag = "authentication", operation_id = "list_tokens", params(PageParameters),
    responses(
        (status = 200, description = "A page of personal access tokens", body = PersonalTokenPage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "A personal access token was sent"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn list_tokens(
    State(guestlist): State<Guestlist>,
    current: CurrentSession,
    page: PageQuery<TokenId>,
) -> Result<impl IntoResponse, Problem> {
    let user = current.user().id;
    let mut tokens = guestlist
        .list_tokens(user, page.after, page.to_fetch())
        .await?;
    let (next, link) = page.cut(&mut tokens, |token| token.id);
    let items = tokens.iter().map(PersonalTokenBody::from).collect();
    Ok(Private((link, Json(PersonalTokenPage { items, next }))))
}
