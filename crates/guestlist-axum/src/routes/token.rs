//! The token endpoint: OAuth 2.0's password grant (RFC 6749, section 4.3) and its refresh (section
//! 6).
//!
//! Our own pages and clients sign in with the password grant. It is not for third parties, which
//! RFC 9700, section 2.4, forbids.

use axum::Json;
use guestlist::{Client, Email, Guestlist, Password, SignedIn};
use utoipa::ToSchema;

use super::{
    opened::{Tokens, by_default},
    token_form::TokenForm,
};
use crate::{Problem, SeenFrom, SentBy, TokenErrorBody};

/// The fields of the form, for the API description. The code reads them one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a form")]
pub(crate) struct TokenRequest {
    /// `password`, or `refresh_token`.
    #[schema(example = "password")]
    grant_type: String,
    /// The e-mail address, for `password`.
    #[schema(example = "reader@packt.com")]
    username: Option<String>,
    /// The password, for `password`.
    #[schema(format = Password, example = "exemplary")]
    password: Option<String>,
    /// The latest refresh token, for `refresh_token`.
    refresh_token: Option<String>,
    /// Not supported: leave it out.
    scope: Option<String>,
}

/// `POST /token`: trades an e-mail address and a password, or a refresh token, for tokens.
#[utoipa::path(
    post, path = "/token", tag = "authentication", operation_id = "token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The tokens", body = Tokens),
        (status = 400, body = TokenErrorBody, description = "`invalid_grant` is one answer for every \
            refused credential; for an old refresh token it may mean that its session ended"),
        (status = 429, body = TokenErrorBody,
            description = "Too many wrong passwords; `Retry-After` says when to try again",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, body = TokenErrorBody),
    ),
)]
pub(crate) async fn token(
    SeenFrom(guestlist): SeenFrom,
    SentBy(client): SentBy,
    form: TokenForm,
) -> Result<Json<Tokens>, Problem> {
    let signed_in = match form.needed("grant_type")? {
        "password" => password(&guestlist, client, &form).await?,
        "refresh_token" => refresh_token(&guestlist, client, &form).await?,
        _ => {
            let detail = "unsupported grant type; use password or refresh_token";
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
    // The scope is checked before the token is used up.
    refuse_scope(form)?;
    Ok(guestlist.refresh(token, client).await?)
}

/// Refuses a scope. Clients are told no scope names, so each differs from the granted scope (RFC
/// 6749, section 6).
fn refuse_scope(form: &TokenForm) -> Result<(), Problem> {
    match form.get("scope") {
        None => Ok(()),
        Some(_) => Err(Problem::bad_request(
            "invalid_scope",
            "this server has no scopes; leave scope out",
        )),
    }
}
