//! Sign-up, sign-in and a protected route on one file of SQLite.

use axum::{Router, routing::get};
use guestlist::{Guestlist, SecretKey};
use guestlist_axum::CurrentUser;
use guestlist_sqlite::SqliteStore;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = SqliteStore::open("guestlist.sqlite").await?;
    let secret = SecretKey::load_or_create("secret.key")?;
    let guestlist = Guestlist::builder(store, secret).build()?;
    tokio::spawn(guestlist.upkeep().run());
    let app = Router::new()
        .merge(guestlist_axum::routes())
        .route("/hello", get(hello))
        .with_state(guestlist);
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:3000".into());
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}

async fn hello(user: CurrentUser) -> String {
    format!("Hello, {}!", user.email())
}
