//! The settings that the command line can give.

use std::path::PathBuf;

/// The flags of the command line. A field that is `None` was not given.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--listen`
    pub listen: Option<String>,
    /// `--config`: a file that must exist, in place of `guestlist.toml`.
    pub config: Option<PathBuf>,
    /// `--data-dir`
    pub data_dir: Option<String>,
    /// `--database-url`
    pub database_url: Option<String>,
}
