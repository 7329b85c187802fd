//! `POST /admin/invitations`.

use std::time::Duration;

use axum::{http::StatusCode, response::IntoResponse};
use guestlist::{Email, LinkPurpose, NewInvitation, TokenName};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::invitation::InvitationBody;
use crate::{
    Admin, CurrentUser, FieldError, Json, Mistakes, Private, Problem, ProblemBody, SeenFrom,
    Unchecked, whole_number,
};

/// A request for an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invite {
    /// A note for administrators: one line, 1 to 200 characters.
    #[schema(example = "a friend")]
    note: Option<String>,
    /// The only address that may sign up with it. Without one, every visitor with the link may.
    #[schema(example = "reader@packt.com")]
    email: Option<String>,
    /// How many users may sign up with it: 1 to 1,000, and 1 with an address. Default: 1.
    #[serde(default = "once", deserialize_with = "uses")]
    #[schema(example = 1)]
    uses: u32,
    /// How long it is valid, in seconds: 60 to 31,622,400. Default: 604,800, which is a week.
    #[serde(default = "week", deserialize_with = "seconds")]
    #[schema(example = 604_800)]
    expires_in: u32,
    /// Whether to mail the link to the address. Default: false.
    #[serde(default)]
    send: bool,
}

fn once() -> u32 {
    1
}

fn week() -> u32 {
    u32::try_from(NewInvitation::VALID.as_secs()).unwrap_or(u32::MAX)
}

fn uses<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    whole_number(value, "a whole number from 1 to 1,000")
}

fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    whole_number(value, "a whole number from 60 to 31,622,400")
}

impl Invite {
    fn check(self, mistakes: &mut Mistakes) -> Option<NewInvitation> {
        let note = self.note.as_deref().map(TokenName::parse).transpose();
        let note = mistakes.take(note.map_err(FieldError::note));
        let email = self.email.as_deref().map(Email::parse).transpose();
        let email = mistakes.take(email.map_err(FieldError::email));
        let valid_for = Duration::from_secs(self.expires_in.into());
        let checked = [
            NewInvitation::check_uses(self.uses, self.email.is_some()),
            NewInvitation::check_lifetime(valid_for),
            NewInvitation::check_send(self.send, self.email.is_some()),
        ];
        let wrong = checked.iter().filter_map(|it| it.as_ref().err());
        mistakes.add(wrong.filter_map(FieldError::invitation));
        Some(NewInvitation {
            note: note?,
            email: email?,
            uses: self.uses,
            valid_for,
            send: self.send,
        })
    }
}

/// A new invitation. Its link is shown only here.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewInvitationBody {
    /// The link. The visitor opens it, or sends its last part as `invitation` with the sign-up.
    #[schema(example = "https://events.example.org/invitation/AZr0V9wb…")]
    link: String,
    /// The last part of the link.
    token: String,
    #[serde(flatten)]
    invitation: InvitationBody,
}

/// `POST /admin/invitations`: an administrator makes an invitation to sign up.
#[utoipa::path(
    post, path = "/admin/invitations", tag = "administration", operation_id = "make_invitation", request_body = Invite,
    responses(
        (status = 201, description = "The new invitation: only this answer shows its link", body = NewInvitationBody),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json",
            description = "The user is no administrator, or a personal access token was sent"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []), ("cookie" = [])),
)]
pub(crate) async fn make_invitation(
    SeenFrom(guestlist): SeenFrom,
    Admin(admin): Admin<CurrentUser>,
    new: Unchecked<Invite>,
) -> Result<impl IntoResponse, Problem> {
    let new = new.check(Invite::check)?;
    let made = guestlist.make_invitation(Some(admin.id()), new).await?;
    let token = made.link.expose().to_owned();
    let body = NewInvitationBody {
        link: made
            .link
            .url(guestlist.issuer(), LinkPurpose::Invitation)
            .to_string(),
        token,
        invitation: InvitationBody::from(&made.invitation),
    };
    Ok(Private((StatusCode::CREATED, Json(body))))
}
