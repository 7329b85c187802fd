//! The token endpoint: OAuth 2.0's password form (RFC 6749, section 4.3), and its refresh (section 6).
//!
//! The password form is the sign-in of our own pages and clients. It is no grant for third parties,
//! which RFC 9700 (section 2.4) rightly forbids.

use axum::{Json, extract::State};
use guestlist::{Client, Email, Guestlist, Password, SignedIn};
use utoipa::ToSchema;

use super::{
    opened::{Tokens, by_default},
    token_form::TokenForm,
};
use crate::{Problem, SentBy, TokenErrorBody};

/// The fields of the form, for the documentation; they are read one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form")]
pub(crate) struct TokenRequest {
    /// `password`, or `refresh_token`.
    #[schema(example = "password")]
    grant_type: String,
    /// The e-mail address, for `password`.
    #[schema(example = "reader@packt.com")]
    username: Option<String>,
    /// For `password`.
    #[schema(format = Password, example = "exemplary")]
    password: Option<String>,
    /// For `refresh_token`: the one that was handed out last.
    refresh_token: Option<String>,
    /// Nobody chooses a scope here: leave it out.
    scope: Option<String>,
}

/// `POST /token`: trades an e-mail address and a password, or a refresh token, for tokens.
#[utoipa::path(
    post, path = "/token", tag = "door", operation_id = "token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The tokens", body = Tokens),
        (status = 400, body = TokenErrorBody, description = "`invalid_grant` is one answer for every \
            credential that is not taken; one that an old refresh token gets may mean that its session ended"),
        (status = 503, body = TokenErrorBody),
    ),
)]
pub(crate) async fn token(
    State(guestlist): State<Guestlist>,
    SentBy(client): SentBy,
    form: TokenForm,
) -> Result<Json<Tokens>, Problem> {
    let signed_in = match form.needed("grant_type")? {
        "password" => password(&guestlist, client, &form).await?,
        "refresh_token" => refresh_token(&guestlist, client, &form).await?,
        _ => {
            let detail = "the grant types here are password and refresh_token";
            return Err(Problem::bad_request("unsupported_grant_type", detail));
        }
    };
    Ok(Json(signed_in.into()))
}

async fn password(
    guestlist: &Guestlist,
    client: Client,
    form: &TokenForm,
) -> Result<SignedIn, Problem> {
    let [username, password] = form.all_needed(["username", "password"])?;
    refuse_scope(form)?;
    let email = Email::parse_local(username).ok();
    let password = Password::new(password);
    let wanted = by_default(guestlist);
    let signed_in = guestlist.sign_in(email.as_ref(), password, client, wanted);
    Ok(signed_in.await?)
}

async fn refresh_token(
    guestlist: &Guestlist,
    client: Client,
    form: &TokenForm,
) -> Result<SignedIn, Problem> {
    let token = form.needed("refresh_token")?;
    // Before anything is traded.
    refuse_scope(form)?;
    Ok(guestlist.refresh(token, client).await?)
}

/// None was ever named to a client, so each would be another than was granted (RFC 6749, section 6).
fn refuse_scope(form: &TokenForm) -> Result<(), Problem> {
    match form.get("scope") {
        None => Ok(()),
        Some(_) => Err(Problem::bad_request(
            "invalid_scope",
            "there are no scopes here",
        )),
    }
}
