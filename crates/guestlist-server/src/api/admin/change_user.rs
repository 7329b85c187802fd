//! Changing the account of another user.

use guestlist::{Role, UserId};
use guestlist_axum::{
    Admin, CurrentUser, FieldError, Json, Mistakes, Private, Problem, ProblemBody, Reauthenticated,
    Unchecked,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{show_user::find, user::OneAdminUserBody};
use crate::{admin::AccountChange, app::SeenApp, id_in_path::IdInPath};

/// Changes of an account. What is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminUserPatch, example = json!({ "disabled": true }))]
pub(crate) struct UserPatch {
    /// `true` ends every session and token of the user, who cannot sign in any more.
    disabled: Option<bool>,
    /// `member` or `admin`.
    role: Option<String>,
    /// `true` lets a user sign in who waits for an approval. `false` is refused: disable the user
    /// instead.
    approved: Option<bool>,
    /// `true` marks the e-mail address as verified, without a mail. `false` is refused.
    verified: Option<bool>,
}

impl UserPatch {
    /// Returns the changes in the order in which they are made. The one that ends sessions is the
    /// last.
    fn check(self, mistakes: &mut Mistakes) -> Option<Vec<AccountChange>> {
        let disabled = self.disabled.map(|disabled| match disabled {
            true => AccountChange::Disable,
            false => AccountChange::Enable,
        });
        let role = self.role.map(|word| match word.parse::<Role>() {
            Ok(role) => Ok(AccountChange::Role(role)),
            Err(error) => Err(FieldError::new("/role", "invalid", error.to_string())),
        });
        let approved = self.approved.map(|approved| match approved {
            true => Ok(AccountChange::Approve),
            false => {
                let detail = "an approval cannot be taken back; disable the user instead";
                Err(FieldError::new("/approved", "invalid", detail))
            }
        });
        let verified = self.verified.map(|verified| match verified {
            true => Ok(AccountChange::Verify),
            false => {
                let detail = "a verification cannot be taken back";
                Err(FieldError::new("/verified", "invalid", detail))
            }
        });
        let role = role.and_then(|role| mistakes.take(role));
        let verified = verified.and_then(|verified| mistakes.take(verified));
        let approved = approved.and_then(|approved| mistakes.take(approved));
        let changes = [role, verified, approved, disabled];
        Some(changes.into_iter().flatten().collect())
    }
}

/// `PATCH /api/v1/admin/users/{id}`: disables, enables or approves a user, sets the role, or marks
/// the address as verified. All changes are checked before the first is made. The administrator must
/// have reauthenticated a moment ago.
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{id}", tag = "administration", operation_id = "change_user",
    params(("id" = String, Path, description = "The user's id")), request_body = UserPatch,
    responses(
        (status = 200, description = "The user after the change", body = OneAdminUserBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "`administrator_required`; `own_account` if administrators would disable, demote or verify themselves; `proof_required`: send the password, then try again; or a personal access token was sent"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`user_changed`: the address changed at the same moment; try again"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json",
            description = "All mistakes"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn change_user(
    SeenApp(app): SeenApp,
    Admin(admin): Admin<CurrentUser>,
    _: Reauthenticated<CurrentUser>,
    IdInPath(id): IdInPath,
    patch: Unchecked<UserPatch>,
) -> Result<Private<Json<OneAdminUserBody>>, Problem> {
    let user: UserId = find(&app, &id).await?.id;
    let changes = patch.check(UserPatch::check)?;
    app.change_account(admin.id(), user, &changes).await?;
    let user = find(&app, &id).await?;
    Ok(Private(Json(OneAdminUserBody::read(&app, &user).await?)))
}
