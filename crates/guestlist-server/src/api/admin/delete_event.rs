//! Deleting the event of another user.

use axum::{extract::RawQuery, http::StatusCode};
use guestlist_axum::{
    Admin, CurrentUser, Problem, ProblemBody, QueryMistakes, Reauthenticated, parse_query,
};

use crate::{
    admin::{EventAction, Reason},
    app::SeenApp,
    id_in_path::IdInPath,
};

/// The parameters, for the OpenAPI description only.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct ReasonQuery {
    /// Why the event is deleted, in at most 500 characters.
    reason: String,
}

/// `DELETE /api/v1/admin/events/{id}`: deletes an event of any user. The administrator must
/// have reauthenticated a moment ago.
#[utoipa::path(
    delete, path = "/api/v1/admin/events/{id}", tag = "administration", operation_id = "delete_any_event",
    params(("id" = String, Path, description = "The event's id"), ReasonQuery),
    responses(
        (status = 204, description = "The event is deleted"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "`reason` is missing, empty or too long"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`; `proof_required`; or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn delete_event(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    _: Reauthenticated<CurrentUser>,
    IdInPath(id): IdInPath,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let fields = parse_query(query.as_deref().unwrap_or_default())?;
    let mut mistakes = QueryMistakes::default();
    let known = mistakes.known_once(&fields, &["reason"], &[]);
    let text = known.first().map_or("", |(_, value)| *value);
    let reason = mistakes.take("reason", Reason::parse(text));
    mistakes.into_result()?;
    let reason = reason.ok_or_else(Problem::internal)?;
    app.moderate_event(admin.id(), id, EventAction::Delete, &reason)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
