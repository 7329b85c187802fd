//! Opens the data folder, the secrets and the stores for commands that work on them.

mod file_problem;
mod secrets;

use std::io::{self, Write};

use anyhow::{Context, anyhow, bail, ensure};
use guestlist::BreachedPasswords;
use tokio::runtime;

use file_problem::file_problem;

use super::{data_folder::DataFolder, key_files::key_file, opening::Opening};
use crate::{
    app::{App, AppError, Secrets},
    config::Settings,
    copy,
    database::{self, DatabaseError, Stores},
    logging,
};

/// What an application needs, except the network address.
pub(super) struct Installation {
    secrets: Secrets,
    /// Whether the secret key was created by this start.
    pub(super) new_key: bool,
    /// The database.
    pub(super) stores: Stores,
}

/// What is known to be right before anything is made.
pub(super) struct Prepared {
    secrets: secrets::Known,
    opening: Opening,
}

/// Checks all that can be wrong without the database, and makes nothing.
///
/// # Errors
///
/// If a file has the name of the data folder, or a secret or the filter of breached passwords
/// cannot be used.
pub(super) fn prepare(settings: &Settings, opening: Opening) -> anyhow::Result<Prepared> {
    DataFolder::check(settings)?;
    let secrets = secrets::known(settings, opening)?;
    breached_passwords(settings)?;
    Ok(Prepared { secrets, opening })
}

impl Prepared {
    /// Opens the installation that the settings name.
    ///
    /// # Errors
    ///
    /// If there is no installation and the command does not make one, or the database cannot be
    /// used. After an error, this function leaves no new file or folder behind.
    pub(super) async fn open(self, settings: &Settings) -> anyhow::Result<Installation> {
        // Without the secret, the database is only looked at: what is wrong with it is reported
        // first.
        let makes = matches!(self.opening, Opening::Makes | Opening::Rehearses)
            && !self.secrets.is_missing();
        let folder = makes.then(|| DataFolder::make(settings)).transpose()?;
        let (url, limits) = (settings.database_url.expose(), settings.limits.reads());
        let opened = match makes {
            true => Stores::open_with(url, limits).await,
            false => Stores::open_installation(url, limits).await,
        };
        let stores = match opened {
            Err(DatabaseError::NoInstallation) if self.opening == Opening::Makes => {
                bail!(secrets::missing(settings))
            }
            opened => opened.map_err(|error| named(settings, error))?,
        };
        copy::refuse_unfinished(stores.archives()).await?;
        let new_key = makes && self.secrets.is_to_be_made();
        let secrets = self.secrets.complete(settings, self.opening)?;
        if let Some(folder) = folder {
            folder.keep();
        }
        Ok(Installation {
            secrets,
            new_key,
            stores,
        })
    }
}

impl Installation {
    /// Whether there is a previous secret.
    pub(super) fn has_previous_key(&self) -> bool {
        self.secrets.previous.is_some()
    }

    /// Makes the application.
    ///
    /// # Errors
    ///
    /// If a setting does not suit the others.
    pub(super) fn app(self, settings: &Settings) -> Result<App, AppError> {
        App::new(self.stores, self.secrets, settings)
    }
}

/// Opens the filter of breached passwords, if the settings name one.
///
/// # Errors
///
/// If it cannot be used.
pub(super) fn breached_passwords(settings: &Settings) -> anyhow::Result<Option<BreachedPasswords>> {
    let Some(path) = &settings.breached else {
        return Ok(None);
    };
    let opened = BreachedPasswords::open(path).map_err(|error| {
        anyhow!(
            "{}, names {}, which cannot be used: {}. Make the filter with `guestlist breached build LIST`, or leave \
             the setting out",
            settings.source_of("passwords.breached"),
            path.display(),
            file_problem(&error)
        )
    });
    opened.map(Some)
}

/// Refuses a SQLite file without an installation. For commands that work on the file itself.
///
/// # Errors
///
/// If the file does not exist, or has no tables of this program.
pub(super) fn expect_installation(settings: &Settings) -> anyhow::Result<()> {
    let path = database::file(settings.database_url.expose())?;
    // The command itself says why a file cannot be read.
    let has = database::file_has_installation(&path).unwrap_or(true);
    ensure!(has, no_installation(settings));
    Ok(())
}

/// Names the setting, and where it was read.
fn named(settings: &Settings, error: DatabaseError) -> anyhow::Error {
    match error {
        DatabaseError::NoInstallation => anyhow!(no_installation(settings)),
        error => anyhow::Error::from(error).context(settings.source_of("database.url")),
    }
}

/// Says that there is no installation, and what makes one.
fn no_installation(settings: &Settings) -> String {
    let found = match database::file(settings.database_url.expose()) {
        Ok(path) if !path.exists() => format!("{} does not exist", path.display()),
        _ => format!("{} has no tables of this program", settings.database_url),
    };
    format!(
        "there is no installation here: {found}; `guestlist serve` makes one. The database is that of {}; --data-dir \
         and --database-url name another database",
        settings.source_of("database.url")
    )
}

/// Opens an installation that exists, runs a command, and closes the stores. Without a secret key
/// the command gets a random one, which no file keeps.
///
/// # Errors
///
/// If there is no installation; the errors of the command.
pub(super) fn with_installation(
    settings: Settings,
    command: impl AsyncFnOnce(App) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    with_app(settings, Opening::Needs, command)
}

/// Opens an installation, or makes one if the command may, runs the command, and closes the stores.
///
/// # Errors
///
/// If the installation cannot be opened; the errors of the command.
pub(super) fn with_app(
    settings: Settings,
    opening: Opening,
    command: impl AsyncFnOnce(App) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let settings = settings.for_a_command();
    logging::start(&settings)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (app, stores) = open_app(prepare(&settings, opening)?, &settings).await?;
        let done = command(app).await;
        let closed = close(stores).await;
        done?;
        closed
    })
}

/// Opens the installation for a command that works on it, and tells what was made.
///
/// # Errors
///
/// If the installation cannot be opened.
pub(super) async fn open_app(
    prepared: Prepared,
    settings: &Settings,
) -> anyhow::Result<(App, Stores)> {
    let rehearses = prepared.opening == Opening::Rehearses;
    let installation = prepared.open(settings).await?;
    if !rehearses {
        tell_what_was_made(&installation, settings)?;
    }
    let stores = installation.stores.clone();
    Ok((installation.app(settings)?.for_command(), stores))
}

/// Closes the stores of an installation.
///
/// # Errors
///
/// If the database cannot be closed.
pub(super) async fn close(stores: Stores) -> anyhow::Result<()> {
    stores.close().await.context("cannot close the database")
}

/// Reports a new installation, or a new secret of an existing one, on stderr.
fn tell_what_was_made(installation: &Installation, settings: &Settings) -> io::Result<()> {
    let mut out = io::stderr().lock();
    let key = key_file(settings);
    if installation.stores.is_new() {
        write!(out, "made an installation in {}", settings.database_url)?;
        if installation.new_key {
            write!(out, ", and its secret key in {}", key.display())?;
        }
        writeln!(out)?;
    } else if installation.new_key {
        writeln!(
            out,
            "the installation had no secret key: made {}. Sessions and tokens of another key are not valid",
            key.display()
        )?;
    }
    Ok(())
}
