//! Two servers on one database. Each serves any request, and neither knows of the other.

mod keys;
mod revocation;
mod rolling;
mod secret;
mod start;

use std::{path::Path, thread};

use tempfile::TempDir;

use crate::{
    binary::{Server, command, free_address},
    test_database::TestDatabase,
};

/// Two nodes: each has a folder and an address of its own, and both share one database.
struct Nodes {
    folder: TempDir,
    database: TestDatabase,
    addresses: [String; 2],
    settings: Vec<(String, String)>,
}

impl Nodes {
    /// Gives both nodes these settings.
    fn with(settings: &[(&str, &str)]) -> Self {
        let everywhere = [
            ("SECRET_KEY", "the first secret key, which both nodes share"),
            ("GUESTLIST_SERVER__BASE_URL", "http://party.example"),
            // On a busy machine a sign-in must wait instead of getting a 503.
            ("GUESTLIST_PASSWORDS__WAIT", "30"),
        ];
        let settings = everywhere.iter().chain(settings);
        Self {
            settings: settings
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            folder: tempfile::tempdir().expect("makes a folder"),
            database: TestDatabase::new(),
            addresses: [free_address(), free_address()],
        }
    }

    /// Starts one node, which has a folder of its own.
    fn start(&self, number: usize) -> Server {
        self.start_with(number, &[])
    }

    /// Starts one node. `settings` replace settings of the same name.
    fn start_with(&self, number: usize, settings: &[(&str, &str)]) -> Server {
        let folder = self.folder.path().join(format!("node{number}"));
        std::fs::create_dir_all(&folder).expect("makes a folder");
        let mut environment = self.environment();
        environment.retain(|(name, _)| settings.iter().all(|(other, _)| other != name));
        environment.extend(settings);
        Server::start_at(&self.addresses[number], &folder, &environment)
    }

    /// Starts both nodes at the same time.
    fn start_both(&self) -> [Server; 2] {
        thread::scope(|scope| {
            [0, 1]
                .map(|number| scope.spawn(move || self.start(number)))
                .map(|starting| starting.join().expect("starts"))
        })
    }

    fn environment(&self) -> Vec<(&str, &str)> {
        let settings = self.settings.iter();
        let mut environment: Vec<_> = settings
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        environment.push(("DATABASE_URL", self.database.url()));
        environment
    }

    /// Runs a command, as an operator on a third machine does.
    fn types(&self, arguments: &[&str]) {
        let folder: &Path = self.folder.path();
        let output = command(folder, &self.environment())
            .args(arguments)
            .output()
            .expect("runs");
        assert!(output.status.success(), "{output:?}");
    }
}
