//! `guestlist users`, as a person or a script runs it.

mod accounts;
mod hostile;
mod import;
mod interrupted;

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::{
    binary::{IMPORT_LIMIT, command},
    place::Place,
};

/// What a house needs where others could use the same database.
const SECRET: &str = "SECRET_KEY=the secret of a house, more than 32 bytes";

/// What a command said, and whether it went well.
pub(crate) struct Said {
    well: bool,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            well: output.status.success(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Said {
    /// What it said, as it should have gone well.
    pub(crate) fn well(self) -> String {
        assert!(self.well, "{}{}", self.out, self.err);
        self.out
    }

    /// What it said to a person beside that, as it should have gone well.
    pub(crate) fn aside(self) -> String {
        assert!(self.well, "{}{}", self.out, self.err);
        self.err
    }

    /// What it complained of, as it should.
    pub(crate) fn complaint(self) -> String {
        assert!(!self.well, "{}", self.out);
        self.err
    }
}

/// A folder with a database of its own: in its data folder, or on a server that its `.env` names.
pub(crate) struct House {
    folder: tempfile::TempDir,
    elsewhere: Option<Place>,
}

impl House {
    pub(crate) fn new() -> Self {
        let mut house = Self::of_files();
        if !Place::is_a_file() {
            let place = Place::new();
            house.write(".env", format!("DATABASE_URL={}\n{SECRET}\n", place.url()));
            house.elsewhere = Some(place);
        }
        house
    }

    /// One that keeps all it has in its folder, for a test of just that.
    pub(crate) fn of_files() -> Self {
        Self {
            folder: tempfile::tempdir().expect("makes a folder"),
            elsewhere: None,
        }
    }

    /// A folder with a file of SQLite, whatever engine this run is about.
    pub(crate) fn in_a_file() -> Self {
        Self {
            folder: tempfile::tempdir().expect("makes a folder"),
            elsewhere: None,
        }
    }

    /// Makes an installation without any user.
    pub(crate) fn install(&self) {
        let nobody = self.folder().join("nobody.csv");
        fs::write(&nobody, "email\n").expect("writes");
        self.users(&["import", "nobody.csv"]).well();
        fs::remove_file(nobody).expect("removes");
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the database is.
    pub(crate) fn url(&self) -> String {
        let file = || self.folder().join("data/guestlist.sqlite");
        match &self.elsewhere {
            Some(place) => place.url().to_owned(),
            None => format!("sqlite:{}", file().display()),
        }
    }

    /// A line as somebody types it into a shell, who has the binary in the path.
    pub(crate) fn types(&self, line: &str) -> Said {
        self.shell(line).output().expect("runs a shell").into()
    }

    /// The same, not run yet.
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

    /// `guestlist` with these arguments, and these variables.
    pub(crate) fn runs(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Said {
        let output = command(self.folder(), environment).args(arguments).output();
        output.expect("runs").into()
    }

    fn users(&self, arguments: &[&str]) -> Said {
        self.users_with(arguments, b"")
    }

    fn users_with(&self, arguments: &[&str], stdin: &[u8]) -> Said {
        let mut child = command(self.folder(), &[(IMPORT_LIMIT, "60")])
            .arg("users")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        // A command that does not read leaves it lying.
        let _ = child.stdin.take().expect("is piped").write_all(stdin);
        child.wait_with_output().expect("ends").into()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.folder().join(name), content).expect("writes");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).expect(name)
    }

    /// All users with all their fields. Without an installation there are none.
    pub(crate) fn everybody(&self) -> Vec<Value> {
        let said = self.users(&["export", "--with-hashes"]);
        if said.err.contains("there is no installation here") {
            return Vec::new();
        }
        let lines = said.well();
        let parse = |line| serde_json::from_str(line).expect("is JSON");
        let mut users: Vec<Value> = lines.lines().map(parse).collect();
        users.sort_by_key(|user| user["email"].to_string());
        users
    }

    fn emails(&self) -> Vec<String> {
        let email = |user: &Value| user["email"].as_str().unwrap_or_default().to_owned();
        self.everybody().iter().map(email).collect()
    }
}

/// A hash that is read and that no password is known for.
fn bcrypt(letter: &str) -> String {
    format!("$2b$12${}.{}.", letter.repeat(21), letter.repeat(30))
}
