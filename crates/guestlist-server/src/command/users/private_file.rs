//! Files with records in them: for this user alone, and never over something else.

use std::{
    fs::{File, OpenOptions},
    path::Path,
};

use anyhow::{Context, ensure};

/// A new file, or one that is there and empty.
pub(super) fn create(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let named = || format!("cannot write {}", path.display());
    let file = options.open(path).with_context(named)?;
    let metadata = file.metadata().with_context(named)?;
    ensure!(
        metadata.len() == 0,
        "{} is there already and not empty; name another file",
        path.display()
    );
    #[cfg(unix)]
    if metadata.is_file() {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(private).with_context(named)?;
    }
    Ok(file)
}
