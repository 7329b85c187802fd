//! The command line: one command a file.

mod backup;
mod breached;
mod config;
mod copy;
mod doctor;
mod invitations;
mod keys;
mod log;
mod outbox;
mod restore;
mod serve;
mod sessions;
mod tokens;
mod users;

mod data_folder;
mod key_files;
mod open;
mod opening;

mod inventory;
mod listing;
mod progress;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand};

use crate::config::{Flags, Settings};

/// A self-hosted event planner with user accounts.
#[derive(Debug, Parser)]
#[command(name = "guestlist", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Arguments,
    #[command(flatten)]
    everywhere: Everywhere,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the planner; the default without a command
    Serve(serve::Arguments),
    /// Prints all settings, and where each was read; secrets are masked
    Config,
    /// Makes the filter of breached passwords, which are refused
    Breached(breached::Arguments),
    /// Counts users, sessions and tokens, and reports how passwords and key files are kept
    Doctor,
    /// Copies the SQLite database to a new file, and verifies the copy; a server may run
    Backup(backup::Arguments),
    /// Puts a backup in the place of the database; the server has to be stopped
    Restore(restore::Arguments),
    /// Copies everything into another, empty database, of any supported kind
    Copy(copy::Arguments),
    /// Manages the users; a server may run
    Users(users::Arguments),
    /// Makes, lists and revokes invitations to sign up; a server may run
    Invitations(invitations::Arguments),
    /// Shows the security events of a user, or of all users
    Log(log::Arguments),
    /// Works on the sessions of all users, beside a running server or without one
    Sessions(sessions::Arguments),
    /// Works on the tokens with which services introspect tokens
    Tokens(tokens::Arguments),
    /// Manages the keys that sign access tokens
    Keys(keys::Arguments),
    /// Shows the mails that wait or were sent, and lets them go on; a server may run
    Outbox(outbox::Arguments),
}

/// The flags of all commands.
#[derive(Debug, Args)]
struct Everywhere {
    /// Reads settings from this file instead of ./guestlist.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Stores all data in this folder [default: ./data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    /// Stores users and events in this database [default: sqlite:<data-dir>/guestlist.sqlite]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
}

impl Cli {
    /// Runs the command.
    pub fn run(
        self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        folder: &Path,
    ) -> anyhow::Result<()> {
        let (command, serve) = match self.command {
            None => (None, self.serve),
            Some(Command::Serve(serve)) => (None, serve.or(self.serve)),
            Some(other) => (Some(other), self.serve),
        };
        let flags = Flags {
            listen: serve.listen,
            config: self.everywhere.config,
            data_dir: self.everywhere.data_dir,
            database_url: self.everywhere.database_url,
        };
        let settings = Settings::load(&flags, environment, folder)?;
        match command {
            Some(Command::Config) => config::run(&settings),
            Some(Command::Doctor) => doctor::run(settings),
            Some(Command::Backup(arguments)) => backup::run(&settings, &arguments),
            Some(Command::Restore(arguments)) => restore::run(&settings, &arguments),
            Some(Command::Copy(arguments)) => copy::run(settings, &arguments),
            Some(Command::Users(users)) => users::run(settings, users),
            Some(Command::Invitations(invitations)) => invitations::run(settings, invitations),
            Some(Command::Log(arguments)) => log::run(settings, &arguments),
            Some(Command::Sessions(sessions)) => sessions::run(settings, sessions),
            Some(Command::Tokens(tokens)) => tokens::run(settings, tokens),
            Some(Command::Keys(keys)) => keys::run(settings, &keys),
            Some(Command::Outbox(outbox)) => outbox::run(settings, &outbox),
            Some(Command::Breached(arguments)) => breached::run(&settings, arguments),
            Some(Command::Serve(_)) | None => serve::run(settings),
        }
    }
}
