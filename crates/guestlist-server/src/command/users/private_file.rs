//! Files with records in them: for this user alone, and never over something else.

use std::{
    fs::{File, OpenOptions},
    io::ErrorKind,
    path::Path,
};

use anyhow::{Context, bail};

/// A new file.
pub(super) fn create(path: &Path) -> anyhow::Result<File> {
    match create_new(path)? {
        Some(file) => Ok(file),
        None => bail!("{} is there already; name another file", path.display()),
    }
}

/// A new file, or one that is there and empty: what the same command left that had nothing to say. It
/// is this user's own, and no link leads to it.
pub(super) fn create_or_reuse(path: &Path) -> anyhow::Result<File> {
    if let Some(file) = create_new(path)? {
        return Ok(file);
    }
    match reuse(path).with_context(|| format!("cannot write {}", path.display()))? {
        Some(file) => Ok(file),
        None => bail!(
            "{} is there already and is no empty file of yours; name another file",
            path.display()
        ),
    }
}

/// None if something is there, be it a link to nothing.
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

/// None for what is not to be written to.
fn reuse(path: &Path) -> std::io::Result<Option<File>> {
    // Looked at first, because to open a pipe would wait, and again, because it may be another by then.
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
