//! `POST /not-me`.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{Private, Problem, ProblemBody, SeenFrom, Unchecked};

/// The link of a notice.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotMe {
    /// The last part of the link.
    token: String,
}

/// `POST /not-me`: says that the user did not do what a notice tells. All sessions of the user end,
/// all personal access tokens are revoked, and the password is removed. So are a second factor and
/// recovery codes that were added since, and earlier ones if the address was never verified. A mail
/// with a link for a new password follows. The caller need not be signed in.
#[utoipa::path(
    post, path = "/not-me", tag = "authentication", operation_id = "report_not_me", request_body = NotMe,
    responses(
        (status = 204, description = "The account is locked until its owner sets a new password"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "`invalid_link`: the link was used, expired, or is not valid any more"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn report_not_me(
    SeenFrom(guestlist): SeenFrom,
    request: Unchecked<NotMe>,
) -> Result<Private<StatusCode>, Problem> {
    let request = request.check(|request, _| Some(request))?;
    guestlist.report_not_me(&request.token).await?;
    Ok(Private(StatusCode::NO_CONTENT))
}
