//! The setup link of a site without an administrator. It is printed to a terminal only: what a
//! program collects from stdout is a log. Without a terminal, it is in a file for its owner alone.

use std::{
    fmt, fs,
    fs::OpenOptions,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use guestlist::{LinkPurpose, LinkToken};

use crate::{app::App, config::Settings};

/// The name of the file in the data folder.
const FILE: &str = "setup-link";

/// Where the operator finds the link.
pub(super) enum SetupLink {
    /// The link itself, for a terminal.
    Here(String),
    /// The file that has the link.
    File(PathBuf),
}

impl fmt::Display for SetupLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(link) => write!(f, "open {link} within a day to become it"),
            Self::File(path) => write!(f, "open the link in {} within a day", path.display()),
        }
    }
}

/// Makes a setup link, if there is no administrator. Otherwise removes the file of an earlier
/// start.
pub(super) async fn offer(app: &App, settings: &Settings) -> anyhow::Result<Option<SetupLink>> {
    let link = app.guestlist.make_setup_link().await;
    let link = link.context("cannot find out whether there is an administrator")?;
    let path = settings.data_dir.join(FILE);
    let is_for_file = link.is_some() && !io::stdout().is_terminal();
    if !is_for_file && let Err(error) = remove(&path) {
        tracing::warn!(%error, "cannot remove {}", path.display());
    }
    let Some(link) = link else {
        return Ok(None);
    };
    if !is_for_file {
        return Ok(Some(SetupLink::Here(url(&link, settings))));
    }
    if let Err(error) = write(&path, &url(&link, settings)) {
        tracing::warn!(
            %error,
            "there is no administrator, and the setup link cannot be written into {}; run `guestlist users role EMAIL \
             admin`",
            path.display()
        );
        return Ok(None);
    }
    tracing::info!(
        "there is no administrator; the setup link is in {}",
        path.display()
    );
    Ok(Some(SetupLink::File(path)))
}

fn url(link: &LinkToken, settings: &Settings) -> String {
    link.url(&settings.base_url, LinkPurpose::Setup).to_string()
}

/// Writes a new file, so that an existing one with other permissions, or a link to another file,
/// is not written to.
fn write(path: &Path, link: &str) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    remove(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{link}")
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
