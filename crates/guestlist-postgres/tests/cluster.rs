//! A database server for one test, which the test can stop and start.

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A running database server. It is removed at the end of the test.
pub(crate) struct Cluster {
    engine: &'static str,
    folder: TempDir,
}

impl Cluster {
    /// Starts a server of this engine by `scripts/services`. Returns `None` if other tests have no
    /// server of this engine either.
    pub(crate) fn start(engine: &'static str) -> Option<Self> {
        guestlist::testing::service(&variable_of(engine))?;
        let cluster = Self {
            engine,
            folder: tempfile::tempdir().expect("makes a folder"),
        };
        cluster.run("up");
        Some(cluster)
    }

    /// Returns a variable that `scripts/services env` prints, if it prints it.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let said = self.run("env");
        let start = format!("export {name}=");
        let mut values = said.lines().filter_map(|line| line.strip_prefix(&start));
        values.next().map(str::to_owned)
    }

    pub(crate) fn url(&self) -> String {
        self.variable(&variable_of(self.engine))
            .expect("is printed")
    }

    /// Runs a command of `scripts/services` for this server and returns its output. `stop` stops it
    /// at once, as if the power failed.
    pub(crate) fn run(&self, command: &str) -> String {
        let output = self.services(command);
        assert!(output.status.success(), "{command}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn services(&self, command: &str) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let output = Command::new(root.join("scripts/services"))
            .args([command, self.engine])
            .env("GUESTLIST_SERVICES", self.folder.path())
            .output();
        output.expect("runs a shell")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.services("down");
    }
}

/// The variable with the URL of the server.
fn variable_of(engine: &str) -> String {
    format!("TEST_{}_URL", engine.to_uppercase())
}
