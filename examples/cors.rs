//! The same two handlers twice, to show what CORS changes: a page on another origin may read
//! `/with/`, and not `/without/`. Serve any page at `http://localhost:9000`, and fetch both from
//! it.

use axum::{Json, Router, routing::get};
use guestlist_axum::cors;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The origin of the page that uses this program.
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
