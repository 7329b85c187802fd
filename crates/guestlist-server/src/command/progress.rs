//! Progress on stderr: a bar on a terminal, otherwise a line every few seconds.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use guestlist::{Clock, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written.
const EVERY: Duration = Duration::from_secs(2);
const BAR: &str = "{bar:32} {percent:>3} %  {msg}  {eta} left";
const SPINNER: &str = "{spinner} {msg}";

/// Shows the progress of a command.
pub(super) struct Progress {
    clock: SystemClock,
    began: Duration,
    shown: Duration,
    whole: Option<u64>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts showing progress. `whole` is the number of steps, if it is known.
    pub(super) fn start(whole: Option<u64>) -> Self {
        let clock = SystemClock::new();
        let began = clock.monotonic();
        Self {
            clock,
            began,
            shown: began,
            whole,
            bar: io::stderr().is_terminal().then(|| bar(whole)),
        }
    }

    /// Shows that `done` steps are done. `words` describes them for people.
    pub(super) fn show(&mut self, done: u64, words: &str) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(words.to_owned());
            return;
        }
        let now = self.clock.monotonic();
        if now.saturating_sub(self.shown) < EVERY {
            return;
        }
        self.shown = now;
        match self.whole {
            Some(whole) => {
                let percent = done.saturating_mul(100) / whole.max(1);
                self.say(&format!("{words}, {percent} %"));
            }
            None => self.say(words),
        }
    }

    /// Writes a line to stderr that the bar does not overwrite. Errors are ignored.
    pub(super) fn say(&self, line: &str) {
        let say = || {
            let _ = writeln!(io::stderr().lock(), "{line}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    /// Removes the bar. Returns the seconds since the start.
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

fn bar(whole: Option<u64>) -> ProgressBar {
    let (bar, template) = match whole {
        Some(whole) => (ProgressBar::new(whole), BAR),
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
    fn the_templates_are_valid() {
        for template in [BAR, SPINNER] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
