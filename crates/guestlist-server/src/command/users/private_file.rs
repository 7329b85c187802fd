//! Files with records: only the current user can read them, and they never replace other files.

use std::{
    fs::{File, OpenOptions},
    io::ErrorKind,
    path::Path,
};

use anyhow::{Context, bail};

/// Creates a new file.
pub(super) fn create(path: &Path) -> anyhow::Result<File> {
    match create_new(path)? {
        Some(file) => Ok(file),
        None => bail!("{} exists already; use another file name", path.display()),
    }
}

/// Creates a new file, or reuses an empty one that the same command has left. A reused file must
/// belong to this user and must not be a link.
pub(super) fn create_or_reuse(path: &Path) -> anyhow::Result<File> {
    if let Some(file) = create_new(path)? {
        return Ok(file);
    }
    match reuse(path).with_context(|| format!("cannot write {}", path.display()))? {
        Some(file) => Ok(file),
        None => bail!(
            "{} exists already and is not an empty file of yours; use another file name",
            path.display()
        ),
    }
}

/// Returns `None` if the path exists, even as a broken link.
fn create_new(path: &Path) -> anyhow::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
        opened => opened
            .map(Some)
            .with_context(|| format!("cannot write {}", path.display())),
    }
}

/// Returns `None` if the file must not be written to.
fn reuse(path: &Path) -> std::io::Result<Option<File>> {
    // Checked before opening, because opening a pipe would wait; and again afterwards, because the
    // file may have been replaced.
    let there = std::fs::symlink_metadata(path)?;
    if !there.is_file() {
        return Ok(None);
    }
    let file = OpenOptions::new().write(true).open(path)?;
    let opened = file.metadata()?;
    if !opened.is_file() || opened.len() > 0 {
        return Ok(None);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let same = (opened.dev(), opened.ino()) == (there.dev(), there.ino());
        if !same || opened.uid() != rustix::process::geteuid().as_raw() {
            return Ok(None);
        }
        file.set_permissions(PermissionsExt::from_mode(0o600))?;
    }
    Ok(Some(file))
}
