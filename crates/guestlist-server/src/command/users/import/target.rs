//! Where the rows of an import go.

use guestlist::{Guestlist, ImportRehearsal, ImportedUser, OnConflict, UserImport};

use crate::{
    command::open::{self, Prepared},
    config::Settings,
    database::Stores,
};

/// Takes the users that were read.
pub(super) enum Target {
    /// An installation that exists.
    Store(Guestlist),
    /// Nothing is written.
    Rehearsal(Box<ImportRehearsal>),
    /// An installation that does not exist yet.
    New(Box<NewInstallation>),
}

/// An installation that the first user makes. Without a user nothing is made.
pub(super) struct NewInstallation {
    settings: Settings,
    prepared: Option<Prepared>,
    made: Option<(Guestlist, Stores)>,
}

impl NewInstallation {
    pub(super) fn new(settings: Settings, prepared: Prepared) -> Self {
        Self {
            settings,
            prepared: Some(prepared),
            made: None,
        }
    }

    async fn import(
        &mut self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> anyhow::Result<Vec<UserImport>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(prepared) = self.prepared.take() {
            let (app, stores) = open::open_app(prepared, &self.settings).await?;
            self.made = Some((app.guestlist.clone(), stores));
        }
        match &self.made {
            Some((guestlist, _)) => Ok(guestlist.import_users(users, on_conflict).await?),
            // It could not be made, which stopped the import.
            None => Ok(Vec::new()),
        }
    }
}

impl Target {
    /// Imports these users, and returns an outcome for each.
    pub(super) async fn import(
        &mut self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> anyhow::Result<Vec<UserImport>> {
        match self {
            Self::Store(guestlist) => Ok(guestlist.import_users(users, on_conflict).await?),
            Self::Rehearsal(rehearsal) => Ok(rehearsal.import_users(users, on_conflict).await?),
            Self::New(new) => new.import(users, on_conflict).await,
        }
    }

    /// Closes the installation if the import has made it. The caller closes an installation that
    /// the caller has opened.
    ///
    /// # Errors
    ///
    /// If its database cannot be closed.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::New(new) => match new.made {
                Some((_, stores)) => open::close(stores).await,
                None => Ok(()),
            },
            Self::Store(_) | Self::Rehearsal(_) => Ok(()),
        }
    }
}
