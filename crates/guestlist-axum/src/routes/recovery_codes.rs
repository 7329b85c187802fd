//! `POST /me/recovery-codes`.

use guestlist::RecoveryCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{CurrentSession, Json, Private, Problem, ProblemBody, Reauthenticated, SeenFrom};

/// New recovery codes. Only this answer shows them.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewRecoveryCodes {
    /// Ten codes. Each takes the place of a code of the authenticator app, once.
    #[schema(example = json!(["ABCDE-FGH23"]))]
    recovery_codes: Vec<String>,
}

impl From<Vec<RecoveryCode>> for NewRecoveryCodes {
    fn from(codes: Vec<RecoveryCode>) -> Self {
        let codes = codes.iter().map(|code| code.expose().to_string());
        Self {
            recovery_codes: codes.collect(),
        }
    }
}

/// `POST /me/recovery-codes`: makes ten new recovery codes. All earlier ones end. The user must have
/// reauthenticated a moment ago, with a code.
#[utoipa::path(
    post, path = "/me/recovery-codes", tag = "authentication", operation_id = "regenerate_recovery_codes",
    responses(
        (status = 200, description = "Ten recovery codes: only this answer shows them", body = NewRecoveryCodes),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`proof_required`: reauthenticate first; or a personal access token was sent"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`second_factor_not_set`: set one up first"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn regenerate_recovery_codes(
    SeenFrom(guestlist): SeenFrom,
    Reauthenticated(current): Reauthenticated<CurrentSession>,
) -> Result<Private<Json<NewRecoveryCodes>>, Problem> {
    let session = current.session().id;
    let codes = guestlist.regenerate_recovery_codes(session).await?;
    Ok(Private(Json(codes.into())))
}
