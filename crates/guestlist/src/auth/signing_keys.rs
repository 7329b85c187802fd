//! The keys that sign access tokens, between the store that keeps them and the ring that uses them.
//!
//! When a key is made is decided in `token::rotation`; who asks for it, in the use cases beside this.

use std::time::Duration;

use tokio::task::spawn_blocking;

use super::TendKeysError;
use crate::{
    Algorithm, Guestlist, JwkSet, Key, KeyInsertion, StoreError, Timestamp,
    store::time_limit::limited,
    token::{Claims, InvalidJwt, KeyLife, Rotation, UnusableKey},
};

/// A key that is unknown here is looked for this often at most, whoever makes up how many names.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);

impl Guestlist {
    /// The public keys that verify our access tokens, for other services (RFC 7517, section 5). A key
    /// stands here an hour before it signs, unless no other key could until then, and until its last token
    /// has expired. Whoever keeps a copy has to read it again within that hour.
    pub fn jwks(&self) -> JwkSet {
        self.jwt().keyring().jwks(self.now())
    }

    /// How access tokens are signed: what [`Builder::algorithm`](crate::Builder::algorithm) was given.
    pub fn algorithm(&self) -> Algorithm {
        self.jwt().keyring().algorithm()
    }

    /// From now on the keys in the store count and no others. Answers which of them cannot be used, and
    /// why.
    pub(super) async fn read_keys(&self) -> Result<Vec<(String, UnusableKey)>, StoreError> {
        // One reading at a time, so that none brings back what a later one has replaced.
        let _reading = self.keys_searched_at().lock().await;
        self.replace_keys().await
    }

    async fn replace_keys(&self) -> Result<Vec<(String, UnusableKey)>, StoreError> {
        let keys = self.store().list_keys().await?;
        let (keyring, unusable) = self.jwt().keyring().with_stored(&keys);
        self.jwt().replace_keyring(keyring);
        Ok(unusable)
    }

    /// What that token says, if it is one of ours. One signed with a key that is unknown here is not
    /// refused before the keys were read again: another node may have made its first one just now, also since
    /// this one read them at its start.
    pub(super) async fn claims(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Claims>, StoreError> {
        match self.jwt().verify(token, now) {
            Ok(claims) => Ok(Some(claims)),
            Err(InvalidJwt::Refused) => Ok(None),
            Err(InvalidJwt::UnknownKey) => {
                // Those who ask for one at once wait for each other, and all of that is bounded.
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

    /// Makes a key with those dates, and uses it from the moment on at which the store has it.
    pub(super) async fn add_key(&self, life: KeyLife) -> Result<Key, TendKeysError> {
        let keyring = self.jwt().keyring();
        // One of RS256 takes tenths of a second.
        let made = spawn_blocking(move || keyring.make(life)).await;
        let key = made.map_err(not_made)?.map_err(not_made)?;
        if self.store().insert_key(&key).await? == KeyInsertion::Done {
            let (kid, algorithm, signs_from) = (&key.kid, &key.algorithm, key.signs_from);
            tracing::info!(%kid, %algorithm, %signs_from, "made a key that signs tokens");
        }
        self.read_keys().await?;
        Ok(key)
    }

    /// Ends the keys that newer ones succeed, each when its successor signs.
    pub(super) async fn retire_succeeded_keys(&self) -> Result<(), StoreError> {
        let succeeded = self.jwt().keyring().succeeded(&self.rotation());
        if succeeded.is_empty() {
            return Ok(());
        }
        for (kid, life) in &succeeded {
            let (signs_until, verifies_until) = (life.signs_until, life.verifies_until);
            let retired = self.store().retire_key(kid, signs_until, verifies_until);
            retired.await?;
            tracing::info!(%kid, %signs_until, %verifies_until, "retired a key that signs tokens");
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
