//! The upper limit: an axum handler that returns the JSON of `GET /api/v1/me` and does nothing
//! else.

mod me;

use axum::{Json, Router, routing::get};
use tokio::net::TcpListener;

use me::{READER, User};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:3900".into());
    let app = Router::new().route("/api/v1/me", get(answer));
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}

async fn answer() -> Json<User> {
    Json(READER)
}
