//! The usual design: an axum handler that checks a JWT's signature with jsonwebtoken, does not
//! check whether the token is still valid, and returns the JSON of `GET /api/v1/me`. `signature
//! ADDRESS` writes the token that it accepts to stdout.

mod me;

use std::{
    io::{self, Write},
    sync::Arc,
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    routing::get,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use me::{READER, User};

const SECRET: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// The same number and lengths of claims as the server's.
#[derive(Deserialize, Serialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    exp: u64,
}

struct Check {
    key: DecodingKey,
    validation: Validation,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:3903".into());
    writeln!(io::stdout(), "{}", token()?)?;
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_secret(SECRET);
    let app = Router::new()
        .route("/api/v1/me", get(me))
        .with_state(Arc::new(Check { key, validation }));
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}

async fn me(State(check): State<Arc<Check>>, headers: HeaderMap) -> Result<Json<User>, StatusCode> {
    let value = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer "));
    let token = token.ok_or(StatusCode::UNAUTHORIZED)?;
    let checked = decode::<Claims>(token, &check.key, &check.validation);
    checked.map_err(|_| StatusCode::UNAUTHORIZED)?;
    Ok(Json(READER))
}

fn token() -> jsonwebtoken::errors::Result<String> {
    let claims = Claims {
        iss: "http://127.0.0.1:3901".into(),
        aud: "http://127.0.0.1:3901".into(),
        sub: "01a1fdc2-66fa-704c-aa51-fc7f10059849".into(),
        sid: "01a1fdc2-6715-7d29-a2b3-1c2f6a1f7c55".into(),
        jti: "01a1fdc2-6715-7d29-a2b3-1c3d8a2e4b10".into(),
        iat: 1_795_000_000,
        exp: 1_795_003_600,
    };
    encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(SECRET),
    )
}
