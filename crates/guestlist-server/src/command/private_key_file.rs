//! The files that hold secrets: whether anybody but their owner can read them.

use std::path::Path;

use anyhow::bail;

use crate::config::Settings;

/// Refuses a key file that the group or others can read or write, and on a private server only warns. A
/// file that does not exist is not a fault.
///
/// # Errors
///
/// If the server is not private, and other users can read or write the file.
pub(super) fn check(path: &Path, settings: &Settings) -> anyhow::Result<()> {
    let Some(mode) = open_to_others(path) else {
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
        "others on this machine can read {file} (mode {mode:04o}), and whoever has read it can sign tokens for \
         everybody: run `chmod 600 {file}`. If others have read it, change the secret. Where the file system keeps no \
         modes, set SECRET_KEY instead"
    )
}

/// The mode of that file, if its group or others can read or write it.
#[cfg(unix)]
fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = path.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o066 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Option<u32> {
    None
}
