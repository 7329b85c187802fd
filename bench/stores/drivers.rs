//! Measures a look-up by key and a sign-up through a store, against the plain driver with the same
//! query: `drivers URL`.
//!
//! The database must exist. Everything written to it is removed afterwards.

mod drivers {
    pub(crate) mod mongodb;
    pub(crate) mod postgres;
}
mod measuring;
mod people;
mod sessions;

use anyhow::{Context, bail};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1).context("drivers URL")?;
    match url.split_once(':') {
        Some(("postgres", _)) => drivers::postgres::measure_all(&url).await,
        Some(("mongodb", _)) => drivers::mongodb::measure_all(&url).await,
        _ => bail!("no driver to compare with: give postgres://… or mongodb://…"),
    }
}
