//! Recovery codes in a store.

use super::{Ended, StoreError, archive::Archived};
use crate::{RecoveryCodeHash, RecoveryCodes, UserId};

crate::operations! {
    /// The operations on recovery codes.
    pub trait RecoveryCodeStore {
        /// Stores the user's recovery codes in place of the earlier ones, if the user exists.
        async fn put_recovery_codes(
            &self,
            codes: &RecoveryCodes,
        ) -> Result<RecoveryCodesInsertion, StoreError>;

        /// Returns the user's unused recovery codes. The order of the hashes has no meaning.
        async fn find_recovery_codes(
            &self,
            user: UserId,
        ) -> Result<Option<RecoveryCodes>, StoreError>;

        /// Removes one code of that user, which is used by this.
        async fn use_recovery_code(
            &self,
            user: UserId,
            code: &RecoveryCodeHash,
        ) -> Result<RecoveryCodeUse, StoreError>;

        /// Removes all codes of the user.
        async fn remove_recovery_codes(&self, user: UserId) -> Result<Ended, StoreError>;
    }
}

/// The outcome of [`RecoveryCodeStore::put_recovery_codes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryCodesInsertion {
    /// The codes are stored.
    Done,
    /// The user does not exist (any more); nothing was changed.
    UserGone,
}

/// The outcome of [`RecoveryCodeStore::use_recovery_code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryCodeUse {
    /// The code existed and is gone.
    Used {
        /// How many codes are left.
        left: u32,
    },
    /// The user has no such code; nothing was changed.
    Unknown,
}

impl Archived for RecoveryCodes {
    const PLURAL: &'static str = "recovery codes";

    fn archive_id(&self) -> String {
        self.user_id.to_string()
    }
}
