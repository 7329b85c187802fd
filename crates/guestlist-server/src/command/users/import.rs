//! `guestlist users import`. One thread reads while the store writes the previous batch.

mod reading;
mod source;
mod target;

mod column;
mod csv;
mod instant;
mod ndjson;
mod one_document;
mod record_end;
mod row;
mod row_error;

mod rejects;
mod scratch;
mod tally;

use std::{
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
    process,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum, value_parser};
use guestlist::{OnConflict, UserImport, counted};

use reading::{Batch, Input};
use rejects::{Reject, Rejects};
use scratch::Scratch;
use tally::Tally;
use target::{NewInstallation, Target};

use crate::{
    app::App,
    command::{open, opening::Opening, progress::Progress},
    config::Settings,
    serve::Shutdown,
};

/// The exit code that shells use for a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

const AFTER_HELP: &str = "Try it first with --dry-run. docs/import.md says how to export from FastAPI, \
     Django, better-auth, Devise and Firebase, and which hashes are read.";

/// The arguments of this command.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// CSV with a header, or NDJSON; `-` is stdin. Columns: email, password_hash, name,
    /// created_at, email_verified, disabled, role, approved, id
    file: PathBuf,
    /// Checks everything and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// What to do with an e-mail address that is taken
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Conflict::Skip)]
    on_conflict: Conflict,
    /// Writes refused rows to a new file: line, reason, record
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Also accepts hashes that take longer than `limits.import_hash_seconds` to verify here
    #[arg(long)]
    allow_slow_hashes: bool,
    /// Also accepts addresses of the local network, such as admin@localhost
    #[arg(long)]
    local_addresses: bool,
    /// Continues at this line; the first one is 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    from_line: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Conflict {
    /// Keep the user unchanged
    Skip,
    /// Update the user with the row
    Update,
    /// Stop
    Fail,
}

/// How the import ended.
enum End {
    OfFile,
    /// The user pressed Ctrl-C.
    Stopped,
    /// The address in this line is taken, and `--on-conflict fail` is set.
    Taken(u64),
}

/// Imports the file. If there is no installation, the first accepted row makes one, so users can be
/// imported before the first start of the server. Without an accepted row the command makes
/// nothing.
pub(super) fn run(settings: Settings, arguments: &Arguments) -> anyhow::Result<()> {
    let (file, bytes) = arguments.open()?;
    let named = || format!("cannot read {}", arguments.named());
    let input = Input::open(file).with_context(named)?;
    Rejects::check(arguments.rejects.as_deref())?;
    ensure!(
        input.has_content(),
        "{} is empty: write the users to it, as CSV with a header or as NDJSON",
        arguments.named()
    );
    if input.is_empty() {
        let mut out = io::stdout().lock();
        return arguments.say_how_it_ended(&mut out, &Tally::default(), 0.0, true);
    }
    let settings = arguments.settings(settings);
    let Some(scratch) = Scratch::without_installation(&settings)? else {
        let opening = match arguments.dry_run {
            true => Opening::Needs,
            false => Opening::Makes,
        };
        return open::with_app(settings, opening, async |app| {
            let target = match arguments.dry_run {
                true => Target::Rehearsal(Box::new(app.guestlist.rehearse_import())),
                false => Target::Store(app.guestlist.clone()),
            };
            import(&app, arguments, input, bytes, target).await
        });
    };
    let judging = match arguments.dry_run {
        true => scratch.settings(settings.clone()),
        false => scratch.settings_without_secrets(settings.clone()),
    };
    open::with_app(judging, Opening::Rehearses, async |app| {
        let target = if arguments.dry_run {
            Target::Rehearsal(Box::new(app.guestlist.rehearse_import()))
        } else {
            let settings = settings.for_a_command();
            let prepared = open::prepare(&settings, Opening::Makes)?;
            Target::New(Box::new(NewInstallation::new(settings, prepared)))
        };
        import(&app, arguments, input, bytes, target).await
    })
}

/// Imports the rows into `target`. `app` judges their password hashes.
async fn import(
    app: &App,
    arguments: &Arguments,
    input: Input,
    bytes: Option<u64>,
    target: Target,
) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals()?;
    let rejects = Rejects::create(arguments.rejects.as_deref())?;
    let progress = Progress::start(bytes);
    let mut import = Import {
        target,
        on_conflict: arguments.on_conflict.into(),
        tally: Tally::starting_at(arguments.from_line),
        rejects,
        progress,
    };
    let batches = reading::start(
        input,
        arguments.from_line,
        app.guestlist.clone(),
        arguments.local_addresses,
    )?;
    let ended = import.all(&batches, &shutdown, &arguments.named()).await;
    let Import {
        target,
        tally,
        mut rejects,
        progress,
        ..
    } = import;
    let closed = target.close().await;
    let seconds = progress.finish();
    rejects.flush()?;
    let ended = match ended {
        Err(error) if tally.read == 0 => return Err(error),
        ended => ended.with_context(|| arguments.so_far(&tally))?,
    };
    closed?;
    let mut out = io::stdout().lock();
    let is_whole = matches!(ended, End::OfFile);
    arguments.say_how_it_ended(&mut out, &tally, seconds, is_whole)?;
    match ended {
        End::Stopped if tally.read == 0 => bail!("stopped before the first row was imported"),
        End::Stopped => bail!("stopped {}", arguments.so_far(&tally)),
        End::Taken(line) => bail!(
            "line {line}: another user has this e-mail address; {}",
            arguments.so_far(&tally)
        ),
        End::OfFile if tally.rejected > 0 => {
            bail!("{}; {}", tally.refused(), arguments.came_in(&tally))
        }
        End::OfFile => Ok(()),
    }
}

struct Import {
    target: Target,
    on_conflict: OnConflict,
    tally: Tally,
    rejects: Rejects,
    progress: Progress,
}

impl Import {
    async fn all(
        &mut self,
        batches: &flume::Receiver<anyhow::Result<Batch>>,
        shutdown: &Shutdown,
        named: &str,
    ) -> anyhow::Result<End> {
        loop {
            let batch = tokio::select! {
                biased;
                () = shutdown.requested() => return Ok(End::Stopped),
                batch = batches.recv_async() => batch,
            };
            let Ok(batch) = batch else {
                return Ok(End::OfFile);
            };
            let batch = batch.with_context(|| format!("cannot read {named}"))?;
            let outcomes = tokio::select! {
                outcomes = self.target.import(&batch.users, self.on_conflict) => outcomes?,
                // The batch that runs is one transaction: it is kept as a whole or not at all.
                () = shutdown.forced() => {
                    self.rejects.flush()?;
                    process::exit(INTERRUPTED)
                }
            };
            if let Some(line) = self.count(batch, &outcomes)? {
                return Ok(End::Taken(line));
            }
            let Tally {
                read,
                rejected,
                last_line,
                bytes,
                ..
            } = &self.tally;
            let rows = counted(*read, "row");
            let words = format!("{rows}, {rejected} refused, up to line {last_line}");
            self.progress.show(*bytes, &words);
        }
    }

    /// Counts the outcomes of a batch. Returns the line at which the import stops early, if it
    /// does.
    fn count(&mut self, batch: Batch, outcomes: &[UserImport]) -> io::Result<Option<u64>> {
        let mut rejects = batch.rejects;
        for (mark, outcome) in batch.marks.into_iter().zip(outcomes) {
            match outcome {
                UserImport::EmailTaken => {
                    rejects.retain(|reject| reject.line < mark.line);
                    self.tally.read += u64::try_from(rejects.len()).unwrap_or(u64::MAX);
                    self.reject(rejects)?;
                    self.tally.last_line = mark.line - 1;
                    return Ok(Some(mark.line));
                }
                UserImport::IdTaken => rejects.push(Reject {
                    line: mark.line,
                    reason: "another user has this id".to_owned(),
                    record: mark.record,
                }),
                done => self.tally.count(*done),
            }
        }
        self.tally.last_line = batch.last_line;
        self.tally.bytes = batch.bytes;
        self.reject(rejects)?;
        Ok(None)
    }

    fn reject(&mut self, mut rejects: Vec<Reject>) -> io::Result<()> {
        rejects.sort_by_key(|reject| reject.line);
        for reject in rejects {
            self.tally.reject();
            if let Some(complaint) = self.rejects.keep(&reject)? {
                self.progress.say(&complaint);
            }
        }
        Ok(())
    }
}

impl Arguments {
    /// Returns the settings with which the store is opened.
    fn settings(&self, mut settings: Settings) -> Settings {
        if self.allow_slow_hashes {
            settings.limits.import_hash_seconds = Duration::MAX;
        }
        settings
    }

    /// Opens the input. Returns its length if that is known.
    fn open(&self) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
        if self.is_stdin() {
            return Ok((Box::new(io::stdin()), None));
        }
        let named = || format!("cannot read {}", self.named());
        let file = File::open(&self.file).with_context(named)?;
        let metadata = file.metadata().with_context(named)?;
        ensure!(!metadata.is_dir(), "{}: this is a folder", named());
        let bytes = metadata.is_file().then_some(metadata.len());
        Ok((Box::new(file), bytes))
    }

    fn is_stdin(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    fn named(&self) -> String {
        if self.is_stdin() {
            "stdin".to_owned()
        } else {
            self.file.display().to_string()
        }
    }

    /// Writes the counts, and says so if the whole file was read and has no users.
    fn say_how_it_ended(
        &self,
        out: &mut impl Write,
        tally: &Tally,
        seconds: f64,
        is_whole: bool,
    ) -> anyhow::Result<()> {
        if self.dry_run {
            write!(out, "dry run, nothing was written: ")?;
        }
        writeln!(out, "{}", tally.summary(seconds))?;
        if tally.read == 0 && is_whole {
            let from = match self.from_line {
                ..=1 => String::new(),
                line => format!(" from line {line} on"),
            };
            writeln!(out, "there are no users in {}{from}", self.named())?;
        }
        Ok(())
    }

    fn came_in(&self, tally: &Tally) -> String {
        let came_in = tally.inserted + tally.updated;
        if self.dry_run {
            format!("would be imported: {came_in}")
        } else {
            format!("imported: {came_in}")
        }
    }

    /// Says how to continue after the import ended early.
    fn so_far(&self, tally: &Tally) -> String {
        let (last, next) = (tally.last_line, tally.last_line + 1);
        if self.dry_run {
            return format!("after line {last}; nothing was written");
        }
        let mut how = format!("with --from-line {next}");
        if self.on_conflict == Conflict::Fail {
            how.push_str(", with --on-conflict skip or update");
        }
        if self.rejects.is_some() && tally.rejected > 0 {
            how.push_str(", with another file for --rejects");
        }
        format!(
            "after line {last}: all rows up to there are imported. \
             Continue with the same command, {how}"
        )
    }
}

impl From<Conflict> for OnConflict {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Skip => Self::Skip,
            Conflict::Update => Self::Update,
            Conflict::Fail => Self::Fail,
        }
    }
}
