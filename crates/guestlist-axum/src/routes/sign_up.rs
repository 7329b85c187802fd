//! `POST /users`.

use axum::{
    extract::{OriginalUri, State},
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
};
use guestlist::{Guestlist, PasswordPolicy, UserName};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    FieldError, Json, Mistakes, NewAccount, Private, Problem, ProblemBody, Unchecked, UserBody,
};

/// The data of a new account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUp {
    /// The address to sign in with.
    #[schema(example = "reader@packt.com")]
    email: String,
    /// At least 8 characters unless the server requires more, and not easy to guess. A refusal
    /// gives the reason, and in `advice` how to choose a better one.
    #[schema(format = Password, example = "exemplary")]
    password: String,
    /// The name that other users see with this user's events: one line of at most 200 characters
    /// without an `@`. Without it they see `a member`.
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    /// The last part of the link of an invitation, if the visitor has one.
    invitation: Option<String>,
}

impl SignUp {
    fn check(
        self,
        policy: &PasswordPolicy,
        mistakes: &mut Mistakes,
    ) -> Option<(NewAccount, Option<UserName>, Option<String>)> {
        let name = self.name.as_deref().map(UserName::parse).transpose();
        let name = mistakes.take(name.map_err(FieldError::name));
        let account = NewAccount::check(&self.email, self.password, policy, mistakes)?;
        Some((account, name?, self.invitation))
    }
}

/// `POST /users`: creates an account.
#[utoipa::path(
    post, path = "/users", tag = "authentication", operation_id = "sign_up", request_body = SignUp,
    responses(
        (status = 201, description = "The new user", body = UserBody, headers(("Location" = String))),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "The site admits no such sign-up: `reason` and `next_step` say why"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "The e-mail address is taken"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn sign_up(
    State(guestlist): State<Guestlist>,
    OriginalUri(address): OriginalUri,
    request: Unchecked<SignUp>,
) -> Result<impl IntoResponse, Problem> {
    let policy = guestlist.policy();
    let (account, name, invitation) = request.check(|new, mistakes| new.check(policy, mistakes))?;
    let NewAccount { email, password } = account;
    let user = guestlist
        .sign_up_with_link(email, name, password, invitation.as_deref())
        .await?;
    let location = format!("{}/{}", address.path(), user.id);
    let body = Json(UserBody::from(&user));
    Ok(Private((StatusCode::CREATED, [(LOCATION, location)], body)))
}
