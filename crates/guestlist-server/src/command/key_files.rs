//! The files in the data folder that hold secrets: their names, and whether other users of this
//! machine can read them.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::config::Settings;

/// Returns the file of the secret, for settings without a secret.
pub(super) fn key_file(settings: &Settings) -> PathBuf {
    settings.data_dir.join("secret.key")
}

/// Returns the file of the previous secret, for settings without one.
pub(super) fn previous_key_file(settings: &Settings) -> PathBuf {
    settings.data_dir.join("secret_previous.key")
}

/// Refuses a key file that the group or others can read or write. On a private server it only
/// warns. A file that does not exist is not a mistake.
///
/// # Errors
///
/// If the server is not private, and other users can read or write the file.
pub(super) fn check(path: &Path, settings: &Settings) -> anyhow::Result<()> {
    let Some(mode) = mode(path).filter(|mode| lets_others_in(*mode)) else {
        return Ok(());
    };
    let file = path.display();
    if settings.is_private() {
        tracing::warn!(
            "others on this machine can read {file} (mode {mode:04o}): run `chmod 600 {file}`; a server that is not \
             private does not start with it"
        );
        return Ok(());
    }
    bail!(
        "others on this machine can read {file} (mode {mode:04o}), and can sign tokens for every user: run `chmod 600 \
         {file}`. If others have read it, change the secret. If the file system keeps no modes, set SECRET_KEY instead"
    )
}

/// Whether that mode lets the group or others read or write a file.
pub(super) fn lets_others_in(mode: u32) -> bool {
    mode & 0o066 != 0
}

/// The permissions of that file, if it exists and the system keeps them.
#[cfg(unix)]
pub(super) fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = path.metadata().ok().filter(|found| found.is_file())?;
    Some(metadata.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
pub(super) fn mode(_: &Path) -> Option<u32> {
    None
}
