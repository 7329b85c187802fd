//! Sign-up, database access tokens and a protected route, with the addresses and texts of a FastAPI
//! tutorial. A token is opaque, valid for a day, and stored as a hash in its session's record.

use axum::{Router, extract::State, http::StatusCode, middleware::map_response};
use axum::{response::Response, routing::get, routing::post};
use guestlist::{Email, Guestlist, Password, PasswordPolicy, SecretKey, User, Wanted};
use guestlist_axum::{CurrentUser, FormOrEmpty, NewAccount, Private, Problem, SentBy};
use guestlist_axum::{ValidationError, to_other_slash};
use guestlist_sqlite::SqliteStore;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = SqliteStore::open("guestlist.sqlite").await?;
    let secret = SecretKey::load_or_create("secret.key")?;
    let policy = PasswordPolicy {
        min_chars: 1, // The tutorial's value. The default is 8.
        ..PasswordPolicy::default()
    };
    let builder = Guestlist::builder(store, secret).password_policy(policy);
    let protected = async |user: CurrentUser| shown(user.user());
    let app = Router::new()
        .route("/register", post(register))
        .route("/token", post(token))
        .route("/protected-route", get(protected))
        .fallback(to_other_slash)
        .layer(map_response(tutorial_form))
        .with_state(builder.build()?);
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:3000".into());
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}

async fn register(
    State(guestlist): State<Guestlist>,
    NewAccount { email, password }: NewAccount,
) -> Result<(StatusCode, Private<axum::Json<Value>>), Problem> {
    let user = guestlist.sign_up(email, password).await?;
    Ok((StatusCode::CREATED, shown(&user)))
}

async fn token(
    State(guestlist): State<Guestlist>,
    SentBy(client): SentBy,
    FormOrEmpty(form): FormOrEmpty,
) -> Result<Private<axum::Json<Value>>, Problem> {
    let [username, password] = form.all_needed(["username", "password"])?;
    let (email, password) = (Email::parse(username).ok(), Password::new(password));
    let wanted = Wanted::DATABASE_ALONE;
    let signed_in = guestlist.sign_in(email.as_ref(), password, client, wanted);
    let token = signed_in.await?.access_token;
    let answer = json!({ "access_token": token.expose(), "token_type": "bearer" });
    Ok(Private(answer.into()))
}

fn shown(user: &User) -> Private<axum::Json<Value>> {
    let body = json!({ "email": user.email.as_given(), "id": user.id.to_string() });
    Private(body.into())
}

async fn tutorial_form(mut response: Response) -> Response {
    if let Some(problem) = Problem::of(&response) {
        let (mut status, mut detail) = match problem.code() {
            "email_taken" => (StatusCode::BAD_REQUEST, json!("Email already exists")),
            "not_authenticated" => (problem.status(), json!("Not authenticated")),
            "wrong_credentials" | "invalid_token" => (problem.status(), json!("Unauthorized")),
            _ => (problem.status(), json!(problem.detail())),
        };
        if let Some(mistakes) = ValidationError::all_of(&problem) {
            (status, detail) = (StatusCode::UNPROCESSABLE_ENTITY, json!(mistakes));
        }
        Problem::rewrite(&mut response, status, &json!({ "detail": detail }));
    }
    response
}
