//! Log lines on stderr, one for each event: text for people or JSON for programs.
//!
//! Fields may contain what a client sent, so a line break inside an event never starts a new line.
//! Secrets are not filtered here; their types do not print them.

use std::io::{self, IsTerminal as _, Write};

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Registry,
    filter::LevelFilter,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::config::{LogFormat, Settings};

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The directive in `log.level` is invalid.
    #[error("setting `log.level` is invalid: {0}; use a level such as info")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// This process logs already.
    #[error("logging has already been started")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Starts logging for the whole process. Call it once.
///
/// # Errors
///
/// If `log.level` is invalid, or logging was started before.
pub fn start(settings: &Settings) -> Result<(), LoggingError> {
    let colourful = io::stderr().is_terminal();
    subscriber(settings, io::stderr, colourful)?.try_init()?;
    Ok(())
}

fn subscriber<W>(
    settings: &Settings,
    writer: W,
    colourful: bool,
) -> Result<Box<dyn Subscriber + Send + Sync>, LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let level = level(&settings.log_level)?;
    let lines = fmt::layer().with_writer(OneLine(writer));
    let events = Registry::default().with(level);
    Ok(match settings.log_format {
        LogFormat::Text => Box::new(events.with(lines.compact().with_ansi(colourful))),
        LogFormat::Json => Box::new(events.with(lines.json().with_span_list(false))),
    })
}

/// Libraries of which only warnings are shown, unless the directive names them: `refinery` logs
/// every skipped migration, and `tokio_postgres` every notice of the server.
const QUIET: [(&str, &str); 2] = [
    ("refinery", "refinery_core=warn"),
    ("tokio_postgres", "tokio_postgres::connection=warn"),
];

/// Parses `log.level`.
fn level(directives: &str) -> Result<EnvFilter, LoggingError> {
    let mut level = EnvFilter::builder().parse(directives)?;
    if level.max_level_hint() <= Some(LevelFilter::WARN) {
        return Ok(level);
    }
    for (library, directive) in QUIET {
        if !directives.contains(library) {
            level = level.add_directive(directive.parse()?);
        }
    }
    Ok(level)
}

/// Keeps an event on one line, and escapes terminal control sequences. The formatter writes each
/// event at once, with a line break at the end, and itself escapes only values recorded with
/// `Debug`.
struct OneLine<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for OneLine<W> {
    type Writer = OneLine<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine(self.0.make_writer())
    }
}

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let content = event.strip_suffix(b"\n").unwrap_or(event);
        let mut line = escaped(&String::from_utf8_lossy(content));
        line.push('\n');
        self.0.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Escapes control characters as in JSON, so that a JSON line stays valid. Colour sequences are
/// kept.
fn escaped(content: &str) -> String {
    let mut line = String::with_capacity(content.len() + 1);
    for (at, character) in content.char_indices() {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\u{1b}' if is_colour(&content[at..]) => line.push(character),
            breaking if breaking.is_control() || matches!(breaking, '\u{2028}' | '\u{2029}') => {
                line.push_str(&format!("\\u{:04x}", u32::from(breaking)));
            }
            plain => line.push(plain),
        }
    }
    line
}

/// Whether the text starts with a colour sequence such as `ESC [ 1 ; 31 m`.
fn is_colour(sequence: &str) -> bool {
    let parameters = sequence.strip_prefix("\u{1b}[").unwrap_or_default();
    parameters
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
        .starts_with('m')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::config::Flags;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("paper").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns what is written when `log` runs with these settings.
    fn written(format: LogFormat, level: &str, log: impl FnOnce()) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::load(&Flags::default(), [], folder.path()).expect("defaults");
        settings.log_format = format;
        settings.log_level = level.to_owned();
        let paper = Paper::default();
        let writer = paper.clone();
        let subscriber =
            subscriber(&settings, move || writer.clone(), false).expect("a subscriber");
        tracing::subscriber::with_default(subscriber, log);
        let bytes = paper.0.lock().expect("paper").clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    fn something_nasty() {
        let nasty = "a\r\n2026-11-21T00:00:00Z ERROR forged\u{1b}[2J\u{2028}\0";
        let _span = tracing::info_span!("request", id = %nasty).entered();
        tracing::info!(plain = nasty, display = %nasty, "said {nasty}");
    }

    #[test]
    fn a_json_line_is_one_object_with_a_utc_time() {
        let lines = written(LogFormat::Json, "info", || {
            tracing::info!(answer = 42, "hello")
        });
        let line: serde_json::Value = serde_json::from_str(&lines).expect("JSON");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["fields"]["message"], "hello");
        assert_eq!(line["fields"]["answer"], 42);
        let time: jiff::Timestamp = line["timestamp"]
            .as_str()
            .expect("text")
            .parse()
            .expect("RFC 3339");
        assert!(time > jiff::Timestamp::UNIX_EPOCH);
        assert!(
            line["timestamp"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z'))
        );
    }

    #[test]
    fn no_field_breaks_a_line() {
        for format in [LogFormat::Json, LogFormat::Text] {
            let lines = written(format, "info", something_nasty);
            assert_eq!(lines.matches('\n').count(), 1, "{lines:?}");
            assert!(
                lines.ends_with('\n') && !lines.trim_end().contains(char::is_control),
                "{lines:?}"
            );
        }
        let line = written(LogFormat::Json, "info", something_nasty);
        assert!(
            serde_json::from_str::<serde_json::Value>(&line).is_ok(),
            "{line}"
        );
    }

    #[test]
    fn colours_stay_and_cursor_movements_are_escaped() {
        let cases = [
            ("\u{1b}[2mINFO\u{1b}[0m", "\u{1b}[2mINFO\u{1b}[0m"),
            ("\u{1b}[1;31mx", "\u{1b}[1;31mx"),
            (
                "\u{1b}[2Jx\u{1b}]0;title\u{7}",
                "\\u001b[2Jx\\u001b]0;title\\u0007",
            ),
            ("\u{1b}", "\\u001b"),
            (
                "a\u{9b}2J\u{7f}\t\u{2028}",
                "a\\u009b2J\\u007f\\u0009\\u2028",
            ),
            ("ключ 🔑", "ключ 🔑"),
        ];
        for (content, expected) in cases {
            assert_eq!(escaped(content), expected);
        }
    }

    #[test]
    fn the_level_decides_what_is_written() {
        let log = || {
            tracing::debug!("quiet");
            tracing::warn!("loud");
        };
        let lines = written(LogFormat::Text, "info", log);
        assert!(lines.contains("loud") && !lines.contains("quiet"));
        assert!(written(LogFormat::Text, "debug", log).contains("quiet"));
        assert_eq!(written(LogFormat::Text, "off", log), "");
    }

    #[test]
    fn migrations_are_quiet_unless_the_level_names_them() {
        let log = || {
            tracing::info!(target: "refinery_core::traits", "nothing to do");
            tracing::warn!(target: "refinery_core::traits", "trouble");
        };
        let lines = written(LogFormat::Text, "info", log);
        assert!(lines.contains("trouble") && !lines.contains("nothing"));
        let lines = written(LogFormat::Text, "info,refinery_core=info", log);
        assert!(lines.contains("nothing"));
        assert_eq!(written(LogFormat::Text, "error", log), "");
        assert_eq!(written(LogFormat::Text, "off", log), "");
    }

    #[test]
    fn notices_of_postgresql_are_quiet_unless_the_level_names_them() {
        let log = || {
            tracing::info!(target: "tokio_postgres::connection", "skipping");
            tracing::warn!(target: "tokio_postgres::connection", "trouble");
        };
        let lines = written(LogFormat::Text, "info", log);
        assert!(lines.contains("trouble") && !lines.contains("skipping"));
        let lines = written(LogFormat::Text, "info,tokio_postgres=info", log);
        assert!(lines.contains("skipping"));
    }

    #[test]
    fn an_invalid_level_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::load(&Flags::default(), [], folder.path()).expect("defaults");
        settings.log_level = "a=b=c".to_owned();
        let error = subscriber(&settings, io::sink, false)
            .err()
            .expect("a bad level");
        assert!(error.to_string().contains("`log.level`"), "{error}");
    }
}
