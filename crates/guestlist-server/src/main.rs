//! The binary `guestlist`.

use std::{io, process::ExitCode};

use clap::Parser;
use guestlist_server::command::Cli;

/// Measured to serve more requests a second than the system's; see `bench/README.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let run = || -> anyhow::Result<()> {
        let folder = std::env::current_dir()?;
        Cli::parse().run(std::env::vars_os(), &folder)
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // `guestlist users list | head` has seen enough.
        Err(error) if nobody_reads(&error) => ExitCode::SUCCESS,
        Err(error) => {
            fail(&error);
            ExitCode::FAILURE
        }
    }
}

fn nobody_reads(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
}

#[expect(
    clippy::print_stderr,
    reason = "there may be no log yet, and this is for a person"
)]
fn fail(error: &anyhow::Error) {
    eprintln!("guestlist: {error:#}");
}
