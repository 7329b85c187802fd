//! The binary `guestlist`.

use std::{io, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use guestlist_server::command::Cli;

/// Serves more requests a second than the system's allocator, as measured in `bench/README.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let run = || -> anyhow::Result<()> {
        let folder = std::env::current_dir().context("cannot find the working folder")?;
        Cli::parse().run(std::env::vars_os(), &folder)
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // `guestlist users list | head` has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            fail(&error);
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
}

#[expect(
    clippy::print_stderr,
    reason = "logging may not be set up yet, and the person at the terminal reads this"
)]
fn fail(error: &anyhow::Error) {
    eprintln!("guestlist: {}", guestlist::causes(error.as_ref()));
}
