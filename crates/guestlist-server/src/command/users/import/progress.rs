//! How far an import is: a bar on a terminal, a line now and then elsewhere. Both on stderr.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use guestlist::{Clock, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};

use super::tally::Tally;

/// How often a line is written.
const EVERY: Duration = Duration::from_secs(2);
const BAR: &str = "{bar:32} {percent:>3} %  {msg}  {eta} left";
const SPINNER: &str = "{spinner} {msg}";

/// Shows it.
pub(super) struct Progress {
    clock: SystemClock,
    began: Duration,
    shown: Duration,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of a file of that length, if it is known.
    pub(super) fn start(bytes: Option<u64>) -> Self {
        let clock = SystemClock::new();
        let began = clock.monotonic();
        Self {
            clock,
            began,
            shown: began,
            bar: io::stderr().is_terminal().then(|| bar(bytes)),
        }
    }

    /// After each batch.
    pub(super) fn show(&mut self, tally: &Tally) {
        let (read, rejected) = (tally.read, tally.rejected);
        let message = format!("{read} rows, {rejected} refused");
        if let Some(bar) = &self.bar {
            bar.set_position(tally.bytes);
            bar.set_message(message);
            return;
        }
        let now = self.clock.monotonic();
        if now.saturating_sub(self.shown) >= EVERY {
            self.shown = now;
            let last = tally.last_line;
            self.say(&format!("{message}, up to line {last}"));
        }
    }

    /// A line on stderr that the bar does not overwrite. Where nobody reads it, it is lost.
    pub(super) fn say(&self, line: &str) {
        let say = || {
            let _ = writeln!(io::stderr().lock(), "{line}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// Takes the bar away. The seconds since the start.
    pub(super) fn finish(self) -> f64 {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.clock
            .monotonic()
            .saturating_sub(self.began)
            .as_secs_f64()
    }
}

fn bar(bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match bytes {
        Some(bytes) => (ProgressBar::new(bytes), BAR),
        None => (ProgressBar::new_spinner(), SPINNER),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_good() {
        for template in [BAR, SPINNER] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
