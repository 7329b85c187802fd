//! The secret of an installation: from the settings, or from a file in the data folder.

use std::{io, path::Path};

use anyhow::{anyhow, bail};
use guestlist::{SecretKey, SecretKeyError};

use super::file_problem::file_problem;
use crate::{
    app::Secrets,
    command::{
        data_folder::DataFolder,
        key_files::{self, key_file, previous_key_file},
        opening::Opening,
    },
    config::{Secret, Settings},
    database,
};

/// The secrets that exist.
pub(super) struct Known {
    current: Current,
    previous: Option<SecretKey>,
}

/// The secret in force.
enum Current {
    Key(SecretKey),
    /// It is to be made in the data folder.
    ToMake,
    /// The settings have to name it, and do not.
    Missing,
}

/// Reads the secrets and makes nothing.
///
/// # Errors
///
/// If one of them cannot be used.
pub(super) fn known(settings: &Settings, opening: Opening) -> anyhow::Result<Known> {
    Ok(Known {
        current: current_key(settings, opening)?,
        previous: previous_key(settings, opening)?,
    })
}

impl Known {
    /// Whether the installation has no secret yet.
    pub(super) fn is_to_be_made(&self) -> bool {
        matches!(self.current, Current::ToMake)
    }

    /// Whether the settings have to name the secret, and do not.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self.current, Current::Missing)
    }

    /// Makes the secret if it is to be made and the command may do so.
    ///
    /// # Errors
    ///
    /// - If the secret cannot be made.
    /// - If the settings must name the secret, and do not.
    /// - If the installation has lost the secret, and the command creates something under it.
    pub(super) fn complete(self, settings: &Settings, opening: Opening) -> anyhow::Result<Secrets> {
        let current = match (self.current, opening) {
            (Current::Key(current), _) => current,
            (Current::Missing, _) => bail!(missing(settings)),
            (Current::ToMake, Opening::NeedsSecret) => bail!(
                "the secret key of this installation is missing: {} does not exist. Put the file back from a copy, or \
                 set SECRET_KEY as the server has it",
                key_file(settings).display()
            ),
            // The command uses no secret. A kept one would hide that the right one is missing.
            (Current::ToMake, Opening::Needs | Opening::Examines) => SecretKey::random()?,
            (Current::ToMake, Opening::Makes | Opening::Rehearses) => {
                DataFolder::make(settings)?.keep();
                let path = key_file(settings);
                SecretKey::load_or_create(&path)
                    .map_err(|error| unusable(settings, &path, "SECRET_KEY", error))?
            }
        };
        Ok(Secrets {
            current,
            previous: self.previous,
        })
    }
}

/// The key of the settings; else the key in the data folder, if it exists.
fn current_key(settings: &Settings, opening: Opening) -> anyhow::Result<Current> {
    if let Some(chosen) = &settings.secret_key {
        return chosen_key(settings, chosen, "server.secret_key").map(Current::Key);
    }
    if database::is_shared(settings.database_url.expose()) {
        return Ok(Current::Missing);
    }
    let found = key_in(settings, opening, &key_file(settings), "SECRET_KEY")?;
    Ok(found.map_or(Current::ToMake, Current::Key))
}

/// Says that the settings have to name the secret.
pub(super) fn missing(settings: &Settings) -> String {
    format!(
        "SECRET_KEY has to be set, because other servers can use the same database ({}) and need the same secret. Give \
         32 bytes or more of randomness, such as `openssl rand -hex 32` prints",
        settings.source_of("database.url")
    )
}

/// The previous key of the settings; else the key that was put aside in the data folder, if it
/// exists.
fn previous_key(settings: &Settings, opening: Opening) -> anyhow::Result<Option<SecretKey>> {
    if let Some(chosen) = &settings.secret_key_previous {
        return chosen_key(settings, chosen, "server.secret_key_previous").map(Some);
    }
    let path = previous_key_file(settings);
    key_in(settings, opening, &path, "SECRET_KEY_PREVIOUS")
}

/// The key in that file, if the file exists. `variable` can be set in its place.
fn key_in(
    settings: &Settings,
    opening: Opening,
    path: &Path,
    variable: &str,
) -> anyhow::Result<Option<SecretKey>> {
    let exists = path
        .try_exists()
        .map_err(|error| unreadable(settings, path, variable, &error))?;
    if !exists {
        return Ok(None);
    }
    if opening != Opening::Examines {
        key_files::check(path, settings)?;
    }
    let key = SecretKey::load_or_create(path);
    key.map(Some)
        .map_err(|error| unusable(settings, path, variable, error))
}

fn unusable(
    settings: &Settings,
    path: &Path,
    variable: &str,
    error: SecretKeyError,
) -> anyhow::Error {
    match error {
        SecretKeyError::File { source, .. } => unreadable(settings, path, variable, &source),
        _ => anyhow!(
            "{}: the key file {} does not hold a secret key. Put the key back from a copy, or remove the file: a new \
             key is made, and all users sign in again",
            settings.source_of("server.data_dir"),
            path.display()
        ),
    }
}

fn unreadable(
    settings: &Settings,
    path: &Path,
    variable: &str,
    error: &io::Error,
) -> anyhow::Error {
    let fix = match error.kind() {
        io::ErrorKind::PermissionDenied => "give it the right",
        _ => "put a file in its place",
    };
    anyhow!(
        "{}: the key file {} cannot be read: {}; {fix}, or set {variable}",
        settings.source_of("server.data_dir"),
        path.display(),
        file_problem(error)
    )
}

/// The settings let a short secret through only if the server is private.
fn chosen_key(settings: &Settings, chosen: &Secret, name: &str) -> anyhow::Result<SecretKey> {
    let bytes = chosen.expose();
    let source = settings.source_of(name);
    SecretKey::new(bytes).or_else(|error: SecretKeyError| {
        if !settings.is_private() {
            bail!(
                "{source}, is too weak for a server that others can reach: {error}; give 32 bytes or more of \
                 randomness, such as `openssl rand -hex 32` prints"
            );
        }
        tracing::warn!("{source}: {error}: only a private server accepts it");
        Ok(SecretKey::weak(bytes)?)
    })
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::config::Flags;

    fn settings(folder: &Path, variables: &[(&str, &str)]) -> Settings {
        let data_dir = folder.join("data").display().to_string();
        let flags = Flags {
            data_dir: Some(data_dir),
            ..Flags::default()
        };
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        Settings::load(&flags, variables, folder).expect("good settings")
    }

    fn secrets(settings: &Settings) -> anyhow::Result<Secrets> {
        known(settings, Opening::Makes)?.complete(settings, Opening::Makes)
    }

    #[test]
    fn a_database_that_others_share_needs_a_secret_in_the_settings() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let shared = ("DATABASE_URL", "postgres://db/planner");
        let alone = settings(folder.path(), &[shared]);
        let refusal = secrets(&alone).expect_err("has no secret").to_string();
        assert!(refusal.contains("SECRET_KEY has to be set"), "{refusal}");
        assert!(!alone.data_dir.exists(), "nothing is made");
        let chosen = ("SECRET_KEY", "a key of at least thirty-two bytes");
        let both = settings(folder.path(), &[shared, chosen]);
        assert!(secrets(&both).is_ok());
        assert!(
            secrets(&settings(folder.path(), &[])).is_ok(),
            "one machine"
        );
    }

    #[test]
    fn a_key_that_was_put_aside_is_the_previous_one_and_none_is_made() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let settings = settings(folder.path(), &[]);
        assert!(secrets(&settings).expect("makes one").previous.is_none());
        let put_aside = previous_key_file(&settings);
        assert!(!put_aside.exists());
        fs::rename(key_file(&settings), &put_aside).expect("moves");
        assert!(secrets(&settings).expect("opens").previous.is_some());
        assert!(key_file(&settings).exists(), "another was made");
    }

    #[test]
    fn a_key_file_that_cannot_be_used_is_named_with_the_fix() {
        let folder = tempfile::tempdir().expect("makes a folder");
        let settings = settings(folder.path(), &[]);
        let key = key_file(&settings);
        fs::create_dir_all(&key).expect("makes a folder in its place");
        let refusal = secrets(&settings).expect_err("is a folder").to_string();
        for words in ["secret.key", "--data-dir", "this is a folder", "SECRET_KEY"] {
            assert!(refusal.contains(words), "{refusal}");
        }
        fs::remove_dir(&key).expect("removes");
        fs::write(&key, "not a key").expect("writes");
        let refusal = secrets(&settings).expect_err("holds no key").to_string();
        assert!(refusal.contains("does not hold a secret key"), "{refusal}");
        assert!(!refusal.contains("not a key"), "{refusal}");
    }
}
