//! `guestlist users`, as a person or a script runs it.

mod accounts;
mod hostile;
mod import;
mod interrupted;
mod log;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::{
    binary::{IMPORT_LIMIT, command, output},
    test_database::TestDatabase,
};

/// An installation on a shared database server needs a secret key.
const SECRET: &str = "SECRET_KEY=a secret key of more than 32 bytes";

/// The output of a command, and whether it succeeded.
pub(crate) struct CommandOutput {
    well: bool,
    out: String,
    err: String,
}

impl From<Output> for CommandOutput {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            well: output.status.success(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl CommandOutput {
    /// Asserts that the command succeeded, and returns its standard output.
    pub(crate) fn success(self) -> String {
        assert!(self.well, "{}{}", self.out, self.err);
        self.out
    }

    /// Asserts that the command succeeded, and returns its standard error.
    pub(crate) fn success_stderr(self) -> String {
        assert!(self.well, "{}{}", self.out, self.err);
        self.err
    }

    /// Asserts that the command failed, and returns its standard error.
    pub(crate) fn failure(self) -> String {
        assert!(!self.well, "{}", self.out);
        self.err
    }
}

/// A folder with a database of its own: in its data folder, or on a server that its `.env` names.
pub(crate) struct Installation {
    folder: tempfile::TempDir,
    elsewhere: Option<TestDatabase>,
}

impl Installation {
    pub(crate) fn new() -> Self {
        let mut installation = Self::of_files();
        if !TestDatabase::is_a_file() {
            let database = TestDatabase::new();
            installation.write(
                ".env",
                format!("DATABASE_URL={}\n{SECRET}\n", database.url()),
            );
            installation.elsewhere = Some(database);
        }
        installation
    }

    /// An installation that keeps all its data in its folder, for tests that need this.
    pub(crate) fn of_files() -> Self {
        Self {
            folder: tempfile::tempdir().expect("makes a folder"),
            elsewhere: None,
        }
    }

    /// An installation in SQLite, whatever engine this run uses.
    pub(crate) fn in_a_file() -> Self {
        Self {
            folder: tempfile::tempdir().expect("makes a folder"),
            elsewhere: None,
        }
    }

    /// Creates an installation without any user.
    pub(crate) fn install(&self) {
        let email = "first@example.com";
        let added = self.users_with(&["add", email], b"a phrase of five words\n");
        added.success();
        self.users(&["delete", email, "--yes"]).success();
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The URL of the database.
    pub(crate) fn url(&self) -> String {
        let file = || self.folder().join("data/guestlist.sqlite");
        match &self.elsewhere {
            Some(database) => database.url().to_owned(),
            None => format!("sqlite:{}", file().display()),
        }
    }

    /// Runs a shell line with the binary in the `PATH`.
    pub(crate) fn types(&self, line: &str) -> CommandOutput {
        self.shell(line).output().expect("runs a shell").into()
    }

    /// Prepares a shell line without running it.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_guestlist"));
        let binaries = binary.parent().expect("is in a folder").display();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", line])
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", format!("{binaries}:/usr/bin:/bin"))
            .env(IMPORT_LIMIT, "60");
        shell
    }

    /// Runs `guestlist` with these arguments and environment variables.
    pub(crate) fn runs(&self, environment: &[(&str, &str)], arguments: &[&str]) -> CommandOutput {
        let output = command(self.folder(), environment).args(arguments).output();
        output.expect("runs").into()
    }

    fn users(&self, arguments: &[&str]) -> CommandOutput {
        self.users_with(arguments, b"")
    }

    fn users_with(&self, arguments: &[&str], stdin: &[u8]) -> CommandOutput {
        let mut command = command(self.folder(), &[(IMPORT_LIMIT, "60")]);
        command.arg("users").args(arguments);
        output(command, stdin).into()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.folder().join(name), content).expect("writes");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).expect(name)
    }

    /// Returns all users with all their fields; no users if there is no installation.
    pub(crate) fn all_users(&self) -> Vec<Value> {
        let said = self.users(&["export", "--with-hashes"]);
        if said.err.contains("there is no installation here") {
            return Vec::new();
        }
        let lines = said.success();
        let parse = |line| serde_json::from_str(line).expect("is JSON");
        let mut users: Vec<Value> = lines.lines().map(parse).collect();
        users.sort_by_key(|user| user["email"].to_string());
        users
    }

    fn emails(&self) -> Vec<String> {
        let email = |user: &Value| user["email"].as_str().unwrap_or_default().to_owned();
        self.all_users().iter().map(email).collect()
    }
}

/// A valid hash. No password for it is known.
fn bcrypt(letter: &str) -> String {
    format!("$2b$12${}.{}.", letter.repeat(21), letter.repeat(30))
}
