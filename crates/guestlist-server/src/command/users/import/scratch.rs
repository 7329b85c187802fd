//! An empty installation in a temporary folder. The import judges rows with it before there is an
//! installation, and removes it afterwards. A dry run uses no other installation.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use anyhow::Context;
use tokio::runtime;

use crate::{
    config::{DatabaseUrl, Settings},
    database,
};

/// A temporary folder.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a temporary folder if the database of the settings does not exist or is empty. Returns
    /// `None` if there is an installation.
    ///
    /// # Errors
    ///
    /// If the database cannot be read, or the folder cannot be made.
    pub(super) fn without_installation(settings: &Settings) -> anyhow::Result<Option<Self>> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let found = database::has_installation(settings.database_url.expose());
        let found = runtime.block_on(found);
        if found.with_context(|| settings.source_of("database.url"))? {
            return Ok(None);
        }
        let folder = env::temp_dir().join(format!("guestlist-rehearsal-{}", process::id()));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let named = || format!("cannot make the temporary folder {}", folder.display());
        builder.create(&folder).with_context(named)?;
        Ok(Some(Self(folder)))
    }

    /// Returns the settings with an empty database and the data folder in this folder.
    pub(super) fn settings(&self, mut settings: Settings) -> Settings {
        let folder: &Path = &self.0;
        settings.data_dir = folder.to_owned();
        settings.database_url = DatabaseUrl::in_folder(folder);
        settings
    }

    /// Returns the same as [`settings`](Self::settings), without the secrets. So the command makes
    /// a random secret in the folder. The secrets of the settings are checked where they are used.
    pub(super) fn settings_without_secrets(&self, mut settings: Settings) -> Settings {
        settings.secret_key = None;
        settings.secret_key_previous = None;
        self.settings(settings)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
