//! The same two handlers twice, to show what CORS changes: `/with/` may be read by a page on another origin,
//! `/without/` may not. Open `http://localhost:9000`, served from anywhere, and fetch both.

use axum::{Json, Router, routing::get};
use guestlist_axum::cors;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Where the page is that uses this.
const PAGE: &str = "http://localhost:9000";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let twin = || {
        let hello = async || Json(json!({ "detail": "GET response" }));
        let echo = async |Json(body): Json<Value>| {
            Json(json!({ "detail": "POST response", "input": body }))
        };
        Router::new().route("/", get(hello).post(echo))
    };
    let with = twin().layer(cors([PAGE.parse()?], |_| true));
    let app = Router::new().nest("/with", with).nest("/without", twin());
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}
