//! `/user/signup` and `/user/signin`.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use guestlist::{Email, NewUser, Password, Registration, Wanted};
use guestlist_axum::{
    FieldError, FormOrEmpty, Json, NewAccount, Private, Problem, SeenFrom, SentBy,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Detail, Message, ValidationDetail, message};

/// A new user, for the OpenAPI description. Other members are ignored.
#[derive(ToSchema)]
#[schema(as = BookSignUp)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct SignUp {
    #[schema(example = "reader@packt.com")]
    email: String,
    #[schema(format = Password, example = "exemplary")]
    password: String,
}

/// `POST /user/signup`: creates an account.
#[utoipa::path(
    post, path = "/user/signup", tag = "compat", operation_id = "compat_sign_up", request_body = SignUp,
    responses((status = 200, description = "The account is created", body = Message), (status = 202, description = "A mail is on the way to the address: this server does not tell whether an account has it", body = Message), (status = 409, body = Detail), (status = 422, body = ValidationDetail), (status = 429, body = Detail)),
)]
pub(crate) async fn sign_up(
    SeenFrom(guestlist): SeenFrom,
    SentBy(client): SentBy,
    NewAccount { email, password }: NewAccount,
) -> Result<Response, Problem> {
    let new = NewUser::new(email, password);
    Ok(match guestlist.register(&client, new).await? {
        Registration::Created(_) => message("User created successfully").into_response(),
        Registration::Concealed(_) => {
            let sent = message("Open the link in the mail to finish the sign-up");
            (StatusCode::ACCEPTED, sent).into_response()
        }
    })
}

/// The fields of the form, for the OpenAPI description.
#[derive(ToSchema)]
#[schema(as = BookSignIn)]
#[expect(dead_code, reason = "only the OpenAPI description uses it")]
pub(crate) struct SignIn {
    /// The e-mail address.
    #[schema(example = "reader@packt.com")]
    username: String,
    #[schema(format = Password, example = "exemplary")]
    password: String,
    /// `password`, or left out.
    grant_type: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// The access token of the FastAPI-book addresses.
#[derive(Serialize, ToSchema)]
#[schema(as = BookToken)]
pub(crate) struct Token {
    access_token: String,
    token_type: &'static str,
}

/// `POST /user/signin`: checks an e-mail address and a password, and returns an access token.
#[utoipa::path(
    post, path = "/user/signin", tag = "compat", operation_id = "compat_sign_in",
    request_body(content = SignIn, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "An access token", body = Token), (status = 401, body = Detail), (status = 422, body = ValidationDetail), (status = 429, body = Detail)),
)]
pub(crate) async fn sign_in(
    SeenFrom(guestlist): SeenFrom,
    SentBy(client): SentBy,
    FormOrEmpty(form): FormOrEmpty,
) -> Result<Private<Json<Token>>, Problem> {
    let needed = form.all_needed(["username", "password"]);
    if form
        .get("grant_type")
        .is_some_and(|grant| grant != "password")
    {
        let detail = "String should match pattern '^password$'";
        let grant = FieldError::new("/grant_type", "string_pattern_mismatch", detail);
        let missing = needed.map_or_else(|problem| problem.errors().to_vec(), |_| vec![]);
        return Err(Problem::invalid([vec![grant], missing].concat()));
    }
    let [username, password] = needed?;
    let email = Email::parse_local(username).ok();
    let password = Password::new(password);
    let signed_in = guestlist
        .sign_in(email.as_ref(), password, client, Wanted::JWT_ALONE)
        .await?;
    Ok(Private(Json(Token {
        access_token: signed_in.access_token.expose().to_owned(),
        token_type: "Bearer",
    })))
}
