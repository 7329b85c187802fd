//! Reads and stores the keys that sign access tokens.
//!
//! `token::rotation` decides when a key is created; the use cases in this folder call for it.

use std::time::Duration;

use tokio::task::spawn_blocking;

use super::TendKeysError;
use crate::{
    Algorithm, Guestlist, JwkSet, Key, KeyInsertion, StoreError, Timestamp,
    store::time_limit::limited,
    token::{Claims, InvalidJwt, KeyLife, Rotation, UnusableKey},
};

/// How often an unknown key is looked for at most, however many unknown names clients send.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Guestlist {
    /// Returns the public keys that verify access tokens, for other services (RFC 7517, section 5).
    ///
    /// A new key is listed an hour before it signs its first token, so a service that keeps a copy
    /// must read the list again within an hour. A key signs earlier only if no other key can sign.
    /// A key stays listed until its last token has expired.
    pub fn jwks(&self) -> JwkSet {
        self.jwt().keyring().jwks(self.now())
    }

    /// Returns the algorithm that signs access tokens: the value of
    /// [`Builder::algorithm`](crate::Builder::algorithm).
    pub fn algorithm(&self) -> Algorithm {
        self.jwt().keyring().algorithm()
    }

    /// Replaces the keys in use by those in the store. Returns the keys that cannot be used, with
    /// the reasons.
    pub(super) async fn read_keys(&self) -> Result<Vec<(String, UnusableKey)>, StoreError> {
        // One read at a time, so that an older result never replaces a newer one.
        let _reading = self.keys_searched_at().lock().await;
        self.replace_keys().await
    }

    async fn replace_keys(&self) -> Result<Vec<(String, UnusableKey)>, StoreError> {
        let keys = self.store().list_keys().await?;
        let (keyring, unusable) = self.jwt().keyring().with_stored(&keys);
        self.jwt().replace_keyring(keyring);
        Ok(unusable)
    }

    /// Returns the claims of a token, if it is one of ours. If the token names an unknown key, the
    /// keys are read again first: another node may have created the key after this node read them.
    pub(super) async fn claims(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Claims>, StoreError> {
        match self.jwt().verify(token, now) {
            Ok(claims) => Ok(Some(claims)),
            Err(InvalidJwt::Refused) => Ok(None),
            Err(InvalidJwt::UnknownKey) => {
                // Callers that wait for the same search are covered by its time limit, too.
                limited(self.search_keys()).await?;
                Ok(self.jwt().verify(token, now).ok())
            }
        }
    }

    async fn search_keys(&self) -> Result<(), StoreError> {
        let mut searched_at = self.keys_searched_at().lock().await;
        let monotonic = self.clock().monotonic();
        if searched_at.is_none_or(|before| before + READ_AGAIN_AFTER <= monotonic) {
            self.replace_keys().await?;
            *searched_at = Some(monotonic);
        }
        Ok(())
    }

    /// Creates a key with these dates, and uses it as soon as it is stored.
    pub(super) async fn add_key(&self, life: KeyLife) -> Result<Key, TendKeysError> {
        let keyring = self.jwt().keyring();
        // Creating an RS256 key takes tenths of a second.
        let made = spawn_blocking(move || keyring.make(life)).await;
        let key = made.map_err(not_made)?.map_err(not_made)?;
        if self.store().insert_key(&key).await? == KeyInsertion::Done {
            let (kid, algorithm, signs_from) = (&key.kid, &key.algorithm, key.signs_from);
            tracing::info!(%kid, %algorithm, %signs_from, "created a signing key");
        }
        self.read_keys().await?;
        Ok(key)
    }

    /// Ends each key that a newer one replaces, at the time when the newer one starts to sign.
    pub(super) async fn retire_succeeded_keys(&self) -> Result<(), StoreError> {
        let succeeded = self.jwt().keyring().succeeded(&self.rotation());
        if succeeded.is_empty() {
            return Ok(());
        }
        for (kid, life) in &succeeded {
            let (signs_until, verifies_until) = (life.signs_until, life.verifies_until);
            let retired = self.store().retire_key(kid, signs_until, verifies_until);
            retired.await?;
            tracing::info!(%kid, %signs_until, %verifies_until, "retired a signing key");
        }
        self.read_keys().await.map(drop)
    }

    pub(super) fn rotation(&self) -> Rotation {
        let lifetimes = self.lifetimes();
        let longest = lifetimes.access_jwt.max(lifetimes.access_jwt_alone);
        Rotation::of_tokens_that_live(longest)
    }
}

fn not_made(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> TendKeysError {
    TendKeysError::NotMade(why.into())
}

#[cfg(test)]
mod tests;
