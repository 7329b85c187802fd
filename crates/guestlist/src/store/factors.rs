//! Second factors in a store.

use super::{Ended, StoreError, archive::Archived};
use crate::{Factor, FactorId, FactorKind, Timestamp, UserId};

crate::operations! {
    /// The operations on second factors.
    pub trait FactorStore {
        /// Stores a factor that is not confirmed yet, if its user exists. It replaces the user's
        /// unconfirmed factor of the same kind, which keeps its id. A confirmed factor stays.
        async fn insert_factor(&self, factor: &Factor) -> Result<FactorInsertion, StoreError>;

        /// Returns the user's factor of that kind, confirmed or not.
        async fn find_factor(
            &self,
            user: UserId,
            kind: FactorKind,
        ) -> Result<Option<Factor>, StoreError>;

        /// Confirms a factor, if it is unconfirmed and its sealed secret is the expected one. Notes
        /// `step` as the last step, and `now` as the time of the confirmation and of the last use.
        async fn confirm_factor(
            &self,
            id: FactorId,
            expected_secret: &[u8],
            step: i64,
            now: Timestamp,
        ) -> Result<FactorConfirmation, StoreError>;

        /// Uses the code of a step, if the factor is confirmed and the step is after the last one.
        /// Notes `now` as the time of the last use. If `resealed` is given, it replaces the sealed
        /// secret.
        async fn use_totp(
            &self,
            id: FactorId,
            step: i64,
            now: Timestamp,
            resealed: Option<&[u8]>,
        ) -> Result<StepUse, StoreError>;

        /// Removes the user's factor of that kind.
        async fn remove_factor(
            &self,
            user: UserId,
            kind: FactorKind,
        ) -> Result<Ended, StoreError>;
    }
}

/// The outcome of [`FactorStore::insert_factor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorInsertion {
    /// The factor is stored.
    Done,
    /// The user has a confirmed factor of that kind; nothing was changed.
    Taken,
    /// The user does not exist (any more); nothing was changed.
    UserGone,
}

/// The outcome of [`FactorStore::confirm_factor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorConfirmation {
    /// The factor counts from now on.
    Confirmed,
    /// The factor is confirmed already, has another secret, or does not exist; nothing was changed.
    Stale,
}

/// The outcome of [`FactorStore::use_totp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUse {
    /// The code counts, and no other code of this step or an earlier one will.
    Used,
    /// The step or a later one was used, or there is no such confirmed factor; nothing was changed.
    Stale,
}

impl Archived for Factor {
    const PLURAL: &'static str = "second factors";

    fn archive_id(&self) -> String {
        self.id.to_string()
    }
}
