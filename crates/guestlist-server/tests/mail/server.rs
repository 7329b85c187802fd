//! The mail server of the tests: `server.py`.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use guestlist::testing::free_address;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::Instant;

/// The Python that `.ci/run` installs aiosmtpd for.
const PYTHON: &str = "../../target/ci-tools/bin/python3";
const SCRIPT: &str = "tests/mail/server.py";
/// The server looks for due mails every two seconds, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail server. It keeps its port and its mails when it is killed and started again.
pub(super) struct MailServer {
    port: u16,
    folder: TempDir,
    running: Option<Child>,
    starts: u32,
}

/// A mail, as the library reads it.
#[derive(Clone, Debug)]
pub(super) struct Received(pub(super) Value);

impl MailServer {
    /// Starts a mail server. Returns `None` if aiosmtpd is not installed.
    pub(super) fn start(options: &[&str]) -> Option<Self> {
        let mut server = Self::prepared()?;
        server.run(options);
        Some(server)
    }

    /// Reserves a port for a mail server that does not run yet.
    pub(super) fn prepared() -> Option<Self> {
        is_installed().then(|| Self {
            port: free_address().port(),
            folder: tempfile::tempdir().expect("makes a folder"),
            running: None,
            starts: 0,
        })
    }

    /// Starts the mail server again.
    pub(super) fn run(&mut self, options: &[&str]) {
        self.starts += 1;
        let mut child = Command::new(python())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT))
            .arg(self.port.to_string())
            .arg(self.folder.path())
            .args(["--name", &format!("mail-{}", self.starts)])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let stdout = child.stdout.as_mut().expect("is piped");
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        assert_eq!((read.is_ok(), line.trim()), (true, "ready"));
        self.running = Some(child);
    }

    /// Kills the mail server, as `kill -9` does.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().expect("is killed");
            child.wait().expect("ends");
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The mails that the mail server took, in their order.
    pub(super) fn taken(&self) -> Vec<Received> {
        self.files("mail-")
    }

    /// The mails that the mail server got and did not answer.
    pub(super) fn held(&self) -> Vec<Received> {
        self.files("held-")
    }

    fn files(&self, start: &str) -> Vec<Received> {
        let entries = fs::read_dir(self.folder.path()).expect("lists");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("lists").path()).collect();
        paths.retain(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(start) && name.ends_with(".json")
        });
        paths.sort();
        let read = |path: &PathBuf| {
            let text = fs::read_to_string(path).expect("reads");
            Received(serde_json::from_str(&text).expect("is JSON"))
        };
        paths.iter().map(read).collect()
    }

    /// Waits for the mail to `to` whose subject contains `words`, and returns it.
    pub(super) fn mail(&self, to: &str, words: &str) -> Received {
        let mut found = None;
        wait_until(&format!("a mail to {to}: {words}"), || {
            let mut taken = self.taken().into_iter();
            found = taken.find(|mail| mail.to() == to && mail.header("Subject").contains(words));
            found.is_some()
        });
        found.expect("was found")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Received {
    /// The address in the envelope.
    pub(super) fn to(&self) -> &str {
        self.0["envelope_to"][0].as_str().expect("is a text")
    }

    /// The value of a header that the mail has exactly once.
    #[track_caller]
    pub(super) fn header(&self, name: &str) -> &str {
        let headers = self.0["headers"].as_array().expect("is a list");
        let text = |value: &Value| value.as_str().expect("is a text").to_lowercase();
        let mut values = headers
            .iter()
            .filter(|it| text(&it[0]) == name.to_lowercase());
        let value = values
            .next()
            .unwrap_or_else(|| panic!("no {name}: {self:?}"));
        assert!(values.next().is_none(), "two {name}: {self:?}");
        value[1].as_str().expect("is a text")
    }

    pub(super) fn text(&self) -> &str {
        self.0["parts"][0]["text"].as_str().expect("is a text")
    }

    /// The path of the one link in the plain text that leads to `place`.
    #[track_caller]
    pub(super) fn link(&self, base_url: &str, place: &str) -> String {
        let start = format!("{base_url}/{place}/");
        let mut links = self.text().split_whitespace();
        let link = links.find(|word| word.starts_with(&start));
        let link = link.unwrap_or_else(|| panic!("no {place}: {}", self.text()));
        link[base_url.len()..].to_owned()
    }
}

/// Waits until `is_so`.
#[track_caller]
pub(super) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(PYTHON)
}

/// Whether aiosmtpd is installed. Says that the test is skipped if it is not, or fails in CI.
#[expect(clippy::print_stdout, reason = "a skipped test must be visible")]
fn is_installed() -> bool {
    let imports = Command::new(python())
        .args(["-c", "import aiosmtpd"])
        .stderr(Stdio::null())
        .status();
    let is_installed = imports.is_ok_and(|status| status.success());
    let is_ci = env::var("CI").is_ok_and(|value| value == "true");
    assert!(is_installed || !is_ci, "aiosmtpd is not installed");
    if !is_installed {
        println!("skipped: aiosmtpd is not installed (.ci/run installs it)");
    }
    is_installed
}
