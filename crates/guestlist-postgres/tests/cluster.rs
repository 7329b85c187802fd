//! A server of a test's own, to stop and to start again.

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// It goes with the test.
pub(crate) struct Cluster {
    engine: &'static str,
    folder: TempDir,
}

impl Cluster {
    /// A new one of that engine, as `scripts/services` calls it; none where there is none for other tests either.
    pub(crate) fn start(engine: &'static str) -> Option<Self> {
        guestlist::testing::service(&variable_of(engine))?;
        let cluster = Self {
            engine,
            folder: tempfile::tempdir().expect("makes a folder"),
        };
        cluster.run("up");
        Some(cluster)
    }

    /// What `scripts/services env` says of it, if it says that.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let said = self.run("env");
        let start = format!("export {name}=");
        let mut values = said.lines().filter_map(|line| line.strip_prefix(&start));
        values.next().map(str::to_owned)
    }

    pub(crate) fn url(&self) -> String {
        self.variable(&variable_of(self.engine))
            .expect("says where")
    }

    /// Has `scripts/services` do that with it, such as `stop`, at once as when the power goes, and `start`; what it says.
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

/// What says where it is.
fn variable_of(engine: &str) -> String {
    format!("TEST_{}_URL", engine.to_uppercase())
}
