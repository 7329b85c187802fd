//! Searching the users.

use axum::{
    extract::{OriginalUri, RawQuery, State},
    response::IntoResponse,
};
use guestlist::{UserFilter, UserId, UserStanding};
use guestlist_axum::{
    Admin, CurrentUser, Json, Private, Problem, ProblemBody, QueryMistakes, parse_query,
    read_cursor,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{next_page::next_link, user::AdminUserBody};
use crate::{
    admin::{SHOWN, read_search},
    app::App,
    paging::{cut, to_fetch},
};

/// The parameters, for the OpenAPI description only.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct UsersQuery {
    /// A part of the e-mail address or of the name, of at most 254 characters. Upper and lower case
    /// are the same, and no character is a wildcard.
    q: Option<String>,
    /// `disabled`, `admins`, `unapproved` or `unverified`: only these users.
    filter: Option<String>,
    /// Where the page starts: `next` of the previous page.
    after: Option<String>,
}

/// A page of users.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminUserPage {
    items: Vec<AdminUserBody>,
    /// Where the next page starts. It is absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /api/v1/admin/users`: lists users, 50 a page, in the order of their creation.
#[utoipa::path(
    get, path = "/api/v1/admin/users", tag = "administration", operation_id = "list_users",
    params(UsersQuery),
    responses(
        (status = 200, description = "A page of users", body = AdminUserPage, headers(("Link" = String, description = "rel=next"))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`, or a personal access token was sent"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn list_users(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    OriginalUri(address): OriginalUri,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, Problem> {
    let fields = parse_query(query.as_deref().unwrap_or_default())?;
    let (filter, after) = read(&fields)?;
    let mut users = app
        .guestlist
        .find_users(&filter, after, to_fetch(SHOWN))
        .await?;
    let next = cut(&mut users, SHOWN).map(|last| last.id.to_string());
    let link = next_link(&address, &fields, next.as_deref());
    let items = users.iter().map(AdminUserBody::from).collect();
    let body = Json(AdminUserPage { items, next });
    Ok(Private((link, body)))
}

fn read(fields: &[(String, String)]) -> Result<(UserFilter, Option<UserId>), Problem> {
    let (mut filter, mut after) = (UserFilter::default(), None);
    let mut mistakes = QueryMistakes::default();
    for (name, value) in mistakes.known_once(fields, &["q", "filter", "after"], &[]) {
        match name {
            "q" => filter.search = mistakes.take(name, read_search(value)).flatten(),
            "filter" => {
                let words = UserStanding::ALL.map(UserStanding::as_str).join(", ");
                let standing = UserStanding::of_word(value);
                let standing = standing.ok_or_else(|| format!("is one of {words}"));
                filter.standing = mistakes.take(name, standing);
            }
            _ => {
                after = mistakes.take(name, read_cursor(value));
            }
        }
    }
    mistakes.into_result()?;
    Ok((filter, after))
}
