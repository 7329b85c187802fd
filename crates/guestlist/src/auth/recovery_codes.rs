//! Makes a user's recovery codes: ten, which are shown once.

use super::SecondFactorError;
use crate::{
    Guestlist, ReauthenticatedError, RecoveryCodes, RecoveryCodesInsertion, SecurityEventKind,
    SessionId, StoreError, UserId, token::RecoveryCode,
};

impl Guestlist {
    /// Makes ten new recovery codes for the session's user, who must have reauthenticated a moment
    /// ago, with a code. All earlier recovery codes end.
    ///
    /// # Errors
    ///
    /// [`SecondFactorError::NotSet`] if the user has no second factor.
    pub async fn regenerate_recovery_codes(
        &self,
        session: SessionId,
    ) -> Result<Vec<RecoveryCode>, SecondFactorError> {
        let (_, user) = self.check_reauthenticated(session).await?;
        let factor = self.confirmed_factor(user.id).await?;
        factor.ok_or(SecondFactorError::NotSet)?;
        // Its time is not after that of the codes, which the link of its notice removes.
        let event = self.event(user.id, SecurityEventKind::RecoveryCodesMade);
        let codes = self.new_recovery_codes(user.id).await?;
        self.record_and_tell(&user, event).await;
        Ok(codes)
    }

    /// Stores ten new codes in place of all earlier ones.
    pub(super) async fn new_recovery_codes(
        &self,
        user: UserId,
    ) -> Result<Vec<RecoveryCode>, SecondFactorError> {
        let codes: Vec<_> = (0..RecoveryCodes::MANY)
            .map(|_| RecoveryCode::new())
            .collect();
        let hashes = codes.iter().map(|code| self.factor_keys().hash(user, code));
        let hashes: Option<Vec<_>> = hashes.collect();
        let record = RecoveryCodes {
            user_id: user,
            hashes: hashes.ok_or_else(|| StoreError::failed("there is no key"))?,
            created_at: self.now(),
        };
        match self.store().put_recovery_codes(&record).await? {
            RecoveryCodesInsertion::Done => Ok(codes),
            RecoveryCodesInsertion::UserGone => Err(ReauthenticatedError::SessionEnded.into()),
        }
    }
}
