//! `guestlist breached`: builds the filter of breached passwords, which the server reads. Nothing
//! is downloaded.

use std::{
    fs::File,
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use guestlist::{BreachedPasswords, BuiltFilter};

use super::{data_folder::DataFolder, progress::Progress};
use crate::config::Settings;

/// The average length of a line: 40 digits, a colon, a short count and a line break.
const BYTES_PER_LINE: u64 = 44;
/// The size of a read in bytes. Larger ones are not faster.
const BUFFER: usize = 1 << 20;

/// The flags of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Builds a filter from a list of SHA-1 hashes, sorted by hash, one a line: HASH or HASH:COUNT
    Build(Build),
}

#[derive(Debug, Args)]
struct Build {
    /// The list
    #[arg(value_name = "FILE")]
    list: PathBuf,
    /// Writes the filter to this file, and replaces an existing one [default:
    /// <data-dir>/breached.filter]
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Leaves out passwords that were found less often
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_count: u64,
}

/// Runs the subcommand.
pub(super) fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let Command::Build(build) = arguments.command;
    let named = || format!("cannot read the list {}", build.list.display());
    let list = File::open(&build.list).with_context(named)?;
    let metadata = list.metadata().with_context(named)?;
    // The length of the list determines the size of the filter's buckets.
    ensure!(
        metadata.is_file(),
        "{}: it is not a regular file, and only a regular file has a known length",
        named()
    );
    let (target, folder) = match build.output {
        Some(output) => (output, None),
        None => {
            let folder = DataFolder::make(settings)?;
            (settings.data_dir.join("breached.filter"), Some(folder))
        }
    };
    let bytes = metadata.len();
    let expected = bytes / BYTES_PER_LINE;
    let mut progress = Progress::start(Some(bytes));
    let list = BufReader::with_capacity(BUFFER, list);
    let built = BreachedPasswords::build(list, expected, build.min_count, &target, |read| {
        progress.show(read, &format!("{read} bytes of {bytes}"));
    });
    progress.finish();
    let named = || format!("cannot make a filter of {}", build.list.display());
    let built = built.with_context(named)?;
    if let Some(folder) = folder {
        folder.keep();
    }
    tell(&built, &target, settings)
}

fn tell(built: &BuiltFilter, target: &Path, settings: &Settings) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "hashes in the list    {}", built.hashes)?;
    writeln!(out, "keys in the filter    {}", built.keys)?;
    writeln!(out, "bytes of the filter   {}", built.bytes)?;
    writeln!(
        out,
        "false positives       one good password in {}",
        built.one_false_in
    )?;
    writeln!(out, "\nThe filter is {}.", target.display())?;
    if settings.breached.as_deref() == Some(target) {
        writeln!(out, "A running server uses it after a restart.")?;
        return Ok(());
    }
    let path = toml::Value::String(target.display().to_string());
    writeln!(
        out,
        "To use it, add this to guestlist.toml and restart the server:\n\n[passwords]\nbreached = {path}"
    )?;
    Ok(())
}
