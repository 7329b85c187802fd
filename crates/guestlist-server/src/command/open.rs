//! Opens the data folder, the secrets and the stores for commands that work on them.

use std::{fs, path::PathBuf};

use anyhow::{Context, bail, ensure};
use guestlist::{SecretKey, SecretKeyError};
use tokio::runtime;

use super::private_key_file;
use crate::{
    app::{App, AppError, Secrets},
    config::{Secret, Settings},
    copy,
    database::{self, Stores},
    logging,
};

/// All that an application needs besides an address.
pub(super) struct House {
    secrets: Secrets,
    /// Whether the secret key was created by this start.
    pub(super) new_key: bool,
    /// The database.
    pub(super) stores: Stores,
}

/// Opens what the settings name, and makes first what is not there.
pub(super) async fn house(settings: &Settings) -> anyhow::Result<House> {
    make_data_folder(settings)?;
    let new_key = settings.secret_key.is_none() && !key_file(settings).exists();
    let limits = settings.limits.reads();
    let stores = Stores::open_with(settings.database_url.expose(), limits)
        .await
        .with_context(|| settings.source_of("database.url"))?;
    copy::refuse_unfinished(stores.archives()).await?;
    Ok(House {
        secrets: secrets(settings)?,
        new_key,
        stores,
    })
}

impl House {
    /// Whether there is a secret of before.
    pub(super) fn has_previous_key(&self) -> bool {
        self.secrets.previous.is_some()
    }

    /// The application over it.
    pub(super) fn app(self, settings: &Settings) -> Result<App, AppError> {
        App::new(self.stores, self.secrets, settings)
    }
}

/// Refuses a folder without an installation, before anything is made there. Other engines than
/// SQLite are asked when they are opened.
///
/// # Errors
///
/// If the file that `database.url` names does not exist.
pub(super) fn expect_installation(settings: &Settings) -> anyhow::Result<()> {
    let Ok(path) = database::file(settings.database_url.expose()) else {
        return Ok(());
    };
    ensure!(
        path.exists(),
        "there is no installation here: {} does not exist ({}). `guestlist serve` makes one; --data-dir and \
         --database-url name another place",
        path.display(),
        settings.source_of("database.url")
    );
    Ok(())
}

/// The same as [`with_app`] for a command that works on what an installation has, and makes none.
pub(super) fn with_installation(
    settings: Settings,
    command: impl AsyncFnOnce(App) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    expect_installation(&settings)?;
    with_app(settings, command)
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
        closed.context("cannot close the database")
    })
}

/// The folder is for this user alone: it holds the secret and everybody's records.
pub(super) fn make_data_folder(settings: &Settings) -> anyhow::Result<()> {
    let folder = &settings.data_dir;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let named = || {
        format!(
            "{}: cannot make the folder {}; name one that this user may make",
            settings.source_of("server.data_dir"),
            folder.display()
        )
    };
    builder.create(folder).with_context(named)
}

fn secrets(settings: &Settings) -> anyhow::Result<Secrets> {
    Ok(Secrets {
        current: current_key(settings)?,
        previous: previous_key(settings)?,
    })
}

/// The key somebody chose; else the one in the data folder, made at the first start.
fn current_key(settings: &Settings) -> anyhow::Result<SecretKey> {
    if let Some(chosen) = &settings.secret_key {
        return key_of(settings, chosen, "SECRET_KEY");
    }
    if database::is_shared(settings.database_url.expose()) {
        bail!(
            "SECRET_KEY has to be set: others can use the same database, and need the same secret. Give 32 bytes or \
             more of randomness, such as `openssl rand -hex 32` prints"
        );
    }
    let path = key_file(settings);
    private_key_file::check(&path, settings)?;
    Ok(SecretKey::load_or_create(path)?)
}

/// The key that somebody says was in force before; else the one that was laid aside in the data folder.
fn previous_key(settings: &Settings) -> anyhow::Result<Option<SecretKey>> {
    if let Some(chosen) = &settings.secret_key_previous {
        return key_of(settings, chosen, "SECRET_KEY_PREVIOUS").map(Some);
    }
    let laid_aside = settings.data_dir.join("secret_previous.key");
    if !laid_aside.exists() {
        return Ok(None);
    }
    private_key_file::check(&laid_aside, settings)?;
    Ok(Some(SecretKey::load_or_create(laid_aside)?))
}

/// The settings let a short secret through only if the server is private.
fn key_of(settings: &Settings, chosen: &Secret, name: &str) -> anyhow::Result<SecretKey> {
    let bytes = chosen.expose();
    if settings.is_private() {
        return Ok(SecretKey::new(bytes).or_else(|error: SecretKeyError| {
            tracing::warn!(
                "{name}: {error}: good enough for a private server, refused on any other"
            );
            SecretKey::weak(bytes)
        })?);
    }
    SecretKey::new(bytes)
        .with_context(|| format!("{name} is too weak for a server that others can reach"))
}

/// Where the secret is kept that nobody chose.
pub(super) fn key_file(settings: &Settings) -> PathBuf {
    settings.data_dir.join("secret.key")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Flags;

    fn settings(folder: &Path, variables: &[(&str, &str)]) -> Settings {
        let data_dir = folder.join("data").display().to_string();
        let flags = Flags {
            data_dir: Some(data_dir),
            ..Flags::default()
        };
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        let settings = Settings::load(&flags, variables, folder).expect("good settings");
        make_data_folder(&settings).expect("makes a folder");
        settings
    }

    #[test]
    fn a_database_that_others_share_needs_a_secret_that_somebody_chose() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let shared = ("DATABASE_URL", "postgres://db/planner");
        let alone = settings(folder.path(), &[shared]);
        let refusal = secrets(&alone).expect_err("has none").to_string();
        assert!(refusal.contains("SECRET_KEY has to be set"), "{refusal}");
        assert!(!key_file(&alone).exists(), "none is made");
        let chosen = ("SECRET_KEY", "a key of at least thirty-two bytes");
        let both = settings(folder.path(), &[shared, chosen]);
        assert!(secrets(&both).is_ok());
        assert!(
            secrets(&settings(folder.path(), &[])).is_ok(),
            "one machine"
        );
    }

    #[test]
    fn a_key_that_was_laid_aside_is_the_previous_one_and_none_is_made() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let settings = settings(folder.path(), &[]);
        assert!(secrets(&settings).expect("makes one").previous.is_none());
        let laid_aside = settings.data_dir.join("secret_previous.key");
        assert!(!laid_aside.exists());
        fs::rename(key_file(&settings), &laid_aside).expect("moves");
        assert!(secrets(&settings).expect("opens").previous.is_some());
        assert!(key_file(&settings).exists(), "another was made");
    }
}
