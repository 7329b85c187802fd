//! The data folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{anyhow, bail};

use crate::config::Settings;

/// The data folder, which may be new. Unless [`keep`](Self::keep) is called, the folders that were
/// made go again if they are empty.
#[derive(Debug)]
pub(super) struct DataFolder {
    /// The folders that did not exist, the outermost first.
    made: Vec<PathBuf>,
}

impl DataFolder {
    /// Checks that the path of the data folder can be a folder. Creates nothing.
    ///
    /// # Errors
    ///
    /// If the path, or a folder above it, is a file.
    pub(super) fn check(settings: &Settings) -> anyhow::Result<()> {
        let folder = &settings.data_dir;
        let is_file = |path: &&Path| path.exists() && !path.is_dir();
        let Some(file) = folder.ancestors().find(is_file) else {
            return Ok(());
        };
        let source = settings.source_of("server.data_dir");
        match file == folder {
            true => bail!("{source}: {} is a file; name a folder", file.display()),
            false => bail!(
                "{source}: cannot make the folder {}: {} is a file; name another folder",
                folder.display(),
                file.display()
            ),
        }
    }

    /// Makes the folder if it does not exist. Only this user can use a new one: it holds the secret
    /// and all records.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub(super) fn make(settings: &Settings) -> anyhow::Result<Self> {
        let folder = &settings.data_dir;
        let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let missing = folder.ancestors().take_while(missing);
        let mut made: Vec<_> = missing.map(Path::to_owned).collect();
        made.reverse();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(|error| {
            anyhow!(
                "{}: cannot make the folder {}: {error}; name a folder that this user may make",
                settings.source_of("server.data_dir"),
                folder.display()
            )
        })?;
        Ok(Self { made })
    }

    /// Keeps the folder.
    pub(super) fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for DataFolder {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // A folder that holds something stays.
            let _ = fs::remove_dir(folder);
        }
    }
}
