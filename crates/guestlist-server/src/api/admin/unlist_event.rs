//! Taking the event of another user out of the lists.

use axum::http::StatusCode;
use guestlist_axum::{
    Admin, CurrentUser, FieldError, Mistakes, Problem, ProblemBody, Reauthenticated, Unchecked,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    admin::{EventAction, Reason},
    app::SeenApp,
    id_in_path::IdInPath,
};

/// Why an event is unlisted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unlisting {
    /// At most 500 characters.
    #[schema(example = "It advertises something else than an event.")]
    reason: String,
}

impl Unlisting {
    fn check(self, mistakes: &mut Mistakes) -> Option<Reason> {
        let reason = Reason::parse(&self.reason).map_err(|words| {
            let code = if self.reason.trim().is_empty() {
                "required"
            } else {
                "invalid"
            };
            FieldError::new("/reason", code, format!("the reason {words}"))
        });
        mistakes.take(reason)
    }
}

/// `POST /api/v1/admin/events/{id}/unlist`: takes an event of any user out of all lists. The
/// administrator must have reauthenticated a moment ago.
#[utoipa::path(
    post, path = "/api/v1/admin/events/{id}/unlist", tag = "administration", operation_id = "unlist_event",
    params(("id" = String, Path, description = "The event's id")), request_body = Unlisting,
    responses(
        (status = 204, description = "The event is unlisted"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`; `proof_required`; or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn unlist_event(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    _: Reauthenticated<CurrentUser>,
    IdInPath(id): IdInPath,
    unlisting: Unchecked<Unlisting>,
) -> Result<StatusCode, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let reason = unlisting.check(Unlisting::check)?;
    app.moderate_event(admin.id(), id, EventAction::Unlist, &reason)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
