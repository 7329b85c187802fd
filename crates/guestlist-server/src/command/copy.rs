//! `guestlist copy`: copies a whole installation into another database.

use std::io::{self, Write};

use anyhow::{Context, Error, anyhow, ensure};
use clap::Args;
use guestlist::{Clock, ReadLimits, Sum, SystemClock};
use tokio::runtime;

use super::progress::Progress;
use crate::{
    config::Settings,
    copy::{CopyStep, Kind, copy, how_much},
    database::{self, DatabaseError, Stores},
    logging,
};

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The database to copy; no server may use it
    #[arg(long, value_name = "URL")]
    from: String,
    /// An empty database, or the unfinished copy of the first one
    #[arg(long, value_name = "URL")]
    to: String,
}

/// Copies everything, compares the copy, and prints the totals.
pub(super) fn run(settings: Settings, arguments: &Arguments) -> anyhow::Result<()> {
    logging::start(&settings.for_a_command())?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let sums = between(&arguments.from, &arguments.to).await?;
        report(&sums, &mut io::stdout().lock())?;
        Ok(())
    })
}

async fn between(from: &str, to: &str) -> anyhow::Result<Vec<(Kind, Sum)>> {
    let source = database::name_of(from);
    ensure!(
        source != database::name_of(to),
        "--from and --to are the same database"
    );
    // The target is not made before the source is known to be an installation.
    let there = Stores::open_installation(from, ReadLimits::default()).await;
    let there = there.map_err(|error| match error {
        DatabaseError::NoInstallation => match database::file(from) {
            Ok(path) if !path.exists() => anyhow!(
                "--from: there is no installation, because there is no file {}",
                path.display()
            ),
            _ => anyhow!("--from: there is no installation in {source}"),
        },
        error => Error::from(error).context("--from"),
    })?;
    let here = Stores::open(to).await.context("--to")?;
    let (from, to) = (there.archives(), here.archives());
    // Everything is read twice: for copying and for comparing.
    let steps = how_much(from).await?.saturating_mul(2);
    let (mut progress, mut done) = (Progress::start(Some(steps)), 0);
    let copied = copy(from, to, &source, SystemClock::new().now(), |step| {
        let (what, kind, records) = match step {
            CopyStep::WasCopied(kind, records) => ("an earlier copy had", kind, records),
            CopyStep::Copied(kind, records) => ("copying", kind, records),
            CopyStep::Compared(kind, records) => ("comparing", kind, records),
        };
        done += records;
        progress.show(done, &format!("{what} {kind}"));
    });
    let copied = copied.await;
    progress.finish();
    let closed = here.close().await.and(there.close().await);
    let sums = copied?;
    closed.context("cannot close the database")?;
    Ok(sums)
}

fn report(sums: &[(Kind, Sum)], out: &mut impl Write) -> io::Result<()> {
    for (kind, sum) in sums {
        writeln!(out, "{kind:10}{:>9}  {sum}", sum.records)?;
    }
    writeln!(
        out,
        "Both databases are equal. A server that uses the copy needs the same SECRET_KEY."
    )
}
