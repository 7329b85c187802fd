//! `guestlist breached`: the filter of breached passwords. It is made here and read by the server;
//! nothing is downloaded.

use std::{
    fs::File,
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use guestlist::{BreachedPasswords, BuiltFilter};

use super::{open::DataFolder, progress::Progress};
use crate::config::Settings;

/// What a line of the list has on the average: 40 digits, a colon, a short count, and a line's end.
const BYTES_PER_LINE: u64 = 44;
/// Larger reads are not faster.
const BUFFER: usize = 1 << 20;

/// The flags of this command alone.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a filter of a list of SHA-1 hashes, sorted by hash, one a line: HASH or HASH:COUNT
    Build(Build),
}

#[derive(Debug, Args)]
struct Build {
    /// The list
    #[arg(value_name = "FILE")]
    list: PathBuf,
    /// Writes the filter there, in place of the one that is there [default: <data-dir>/breached.filter]
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Leaves out what was found less often
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_count: u64,
}

/// Does what the rest of the command line says.
pub(super) fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<()> {
    let Command::Build(build) = arguments.command;
    let named = || format!("cannot read the list {}", build.list.display());
    let list = File::open(&build.list).with_context(named)?;
    let metadata = list.metadata().with_context(named)?;
    // How long the list is decides how large the filter's buckets become.
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
        "taken for breached    one good password in {}",
        built.one_false_in
    )?;
    writeln!(out, "\nThe filter is {}.", target.display())?;
    if settings.breached.as_deref() == Some(target) {
        writeln!(out, "A server that runs looks into it after a restart.")?;
        return Ok(());
    }
    let path = toml::Value::String(target.display().to_string());
    writeln!(
        out,
        "To use it, write into guestlist.toml and restart the server:\n\n[passwords]\nbreached = {path}"
    )?;
    Ok(())
}
