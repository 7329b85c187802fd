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
    eprintln!("guestlist: {}", in_one_line(error));
}

/// Returns the error and its causes, each once: some errors repeat their cause in their own text.
fn in_one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        let gist = cause.rsplit(": ").next().unwrap_or(&cause);
        if line.contains(gist) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&cause);
    }
    line
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_cause_is_named_once() {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let repeated =
            anyhow::Error::from(missing()).context(format!("cannot read a: {}", missing()));
        assert_eq!(
            in_one_line(&repeated),
            format!("cannot read a: {}", missing())
        );
        let plain = anyhow!("c").context("b").context("a");
        assert_eq!(in_one_line(&plain), "a: b: c");
    }
}
