//! Two servers on one database: any of them serves any request, and neither knows of the other.

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

/// Two places where a server runs, and the database they share.
struct Nodes {
    folder: TempDir,
    database: TestDatabase,
    addresses: [String; 2],
    settings: Vec<(String, String)>,
}

impl Nodes {
    /// With those settings on both.
    fn with(settings: &[(&str, &str)]) -> Self {
        let everywhere = [
            (
                "SECRET_KEY",
                "a secret that both nodes share, and nobody else",
            ),
            ("GUESTLIST_SERVER__BASE_URL", "http://party.example"),
            // Nobody is told to come back later: the machine may have much else to do.
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

    /// Starts one of them, which has a folder of its own.
    fn start(&self, number: usize) -> Server {
        self.start_with(number, &[])
    }

    /// The same, with these settings in place of what both have.
    fn start_with(&self, number: usize, settings: &[(&str, &str)]) -> Server {
        let folder = self.folder.path().join(format!("node{number}"));
        std::fs::create_dir_all(&folder).expect("makes a folder");
        let mut environment = self.environment();
        environment.retain(|(name, _)| settings.iter().all(|(other, _)| other != name));
        environment.extend(settings);
        Server::start_at(&self.addresses[number], &folder, &environment)
    }

    /// Starts both at once.
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

    /// What an operator types on a third machine.
    fn types(&self, arguments: &[&str]) {
        let folder: &Path = self.folder.path();
        let output = command(folder, &self.environment())
            .args(arguments)
            .output()
            .expect("runs");
        assert!(output.status.success(), "{output:?}");
    }
}
