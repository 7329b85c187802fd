//! What every command that works on the records starts with: the data folder, the secret, the stores.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use guestlist::SecretKey;
use tokio::runtime;

use crate::{
    app::{App, AppError},
    config::Settings,
    database::Stores,
    logging,
};

/// All that an application needs besides an address.
pub(super) struct House {
    secret: SecretKey,
    /// Whether the secret was made just now.
    pub(super) new_key: bool,
    /// The database.
    pub(super) stores: Stores,
}

/// Opens what the settings name, and makes first what is not there.
pub(super) async fn house(settings: &Settings) -> anyhow::Result<House> {
    make_data_folder(&settings.data_dir)?;
    let new_key = settings.secret_key.is_none() && !key_file(settings).exists();
    Ok(House {
        secret: secret_key(settings)?,
        new_key,
        stores: Stores::open(settings.database_url.expose()).await?,
    })
}

impl House {
    /// The application over it.
    pub(super) fn app(self, settings: &Settings) -> Result<App, AppError> {
        App::new(self.stores, self.secret, settings)
    }
}

/// Opens the stores, does what a command does, and closes them.
pub(super) fn with_app(
    settings: Settings,
    command: impl AsyncFnOnce(App) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let settings = settings.for_a_command();
    logging::start(&settings)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let house = house(&settings).await?;
        let stores = house.stores.clone();
        let done = command(house.app(&settings)?).await;
        let closed = stores.close().await;
        done?;
        closed.context("cannot bring the database into one file")
    })
}

/// The folder is for this user alone: it holds the secret and everybody's records.
pub(super) fn make_data_folder(folder: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let hint = "server.data_dir names the folder";
    let named = || format!("cannot make the data folder {} ({hint})", folder.display());
    builder.create(folder).with_context(named)
}

/// The key somebody chose; else the one in the data folder, made at the first start. A short one was
/// let through by the settings only where nobody else can connect.
fn secret_key(settings: &Settings) -> anyhow::Result<SecretKey> {
    let Some(chosen) = &settings.secret_key else {
        return Ok(SecretKey::load_or_create(key_file(settings))?);
    };
    if settings.is_loopback() {
        let bytes = chosen.expose();
        return Ok(SecretKey::new(bytes).or_else(|error| {
            tracing::warn!("{error}: good enough on loopback, refused elsewhere");
            SecretKey::weak(bytes)
        })?);
    }
    SecretKey::new(chosen.expose()).context("SECRET_KEY will not do where others can connect")
}

/// Where the secret is kept that nobody chose.
pub(super) fn key_file(settings: &Settings) -> PathBuf {
    settings.data_dir.join("secret.key")
}
