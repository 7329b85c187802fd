//! The binary `guestlist`.

use std::process::ExitCode;

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
        Err(error) => {
            fail(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "there may be no log yet, and this is for a person"
)]
fn fail(error: &anyhow::Error) {
    eprintln!("guestlist: {error:#}");
}
