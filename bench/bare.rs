//! The limit: an axum handler that answers the JSON of `GET /api/v1/me` and does nothing else.

use axum::{Json, Router, routing::get};
use serde::Serialize;
use tokio::net::TcpListener;

#[derive(Serialize)]
struct User {
    id: &'static str,
    email: &'static str,
    created_at: &'static str,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:3900".into());
    let app = Router::new().route("/api/v1/me", get(me));
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}

async fn me() -> Json<User> {
    Json(User {
        id: "01a1fdc2-66fa-704c-aa51-fc7f10059849",
        email: "reader@packt.com",
        created_at: "2026-11-21T10:58:58.426Z",
    })
}
