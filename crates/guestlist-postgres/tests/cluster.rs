//! A server of a test's own, to stop and to start again.

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// It goes with the test.
pub(crate) struct Cluster(TempDir);

impl Cluster {
    /// A new one; none where there is no PostgreSQL to make one with.
    pub(crate) fn start() -> Option<Self> {
        guestlist::testing::service("TEST_POSTGRES_URL")?;
        let cluster = Self(tempfile::tempdir().expect("makes a folder"));
        let up = cluster.services(&["up", "postgres"]);
        assert!(up.status.success(), "{}", text(&up.stderr));
        Some(cluster)
    }

    /// What `scripts/services env` says of it.
    pub(crate) fn variable(&self, name: &str) -> String {
        let said = text(&self.services(&["env", "postgres"]).stdout);
        let start = format!("export {name}=");
        let mut values = said.lines().filter_map(|line| line.strip_prefix(&start));
        values.next().expect(name).to_owned()
    }

    pub(crate) fn url(&self) -> String {
        self.variable("TEST_POSTGRES_URL")
    }

    /// At once, as when the power goes.
    pub(crate) fn stop(&self) {
        assert!(self.services(&["stop", "postgres"]).status.success());
    }

    pub(crate) fn start_again(&self) {
        assert!(self.services(&["start", "postgres"]).status.success());
    }

    /// Has `scripts/services` do that with it.
    pub(crate) fn services(&self, arguments: &[&str]) -> Output {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let output = Command::new(root.join("scripts/services"))
            .args(arguments)
            .env("GUESTLIST_SERVICES", self.0.path())
            .output();
        output.expect("runs a shell")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.services(&["down", "postgres"]);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
