use std::time::Duration;

use guestlist::{Client, Epoch, Salt, Session, StoreError, Timestamp};
use mongodb::bson::{Binary, DateTime};
use serde::{Deserialize, Serialize};

use super::{array, binary, date, hash, parsed, read_hash, unreadable};

/// A sign-in, with everything that opens it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct SessionDocument {
    #[serde(rename = "_id")]
    id: String,
    user: String,
    epoch: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_hash: Option<Binary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_hash: Option<Binary>,
    generation: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed_at: Option<i64>,
    salt: Binary,
    scope: String,
    created_at: i64,
    last_seen_at: i64,
    proven_at: i64,
    expires_at: i64,
    /// The same for the index that removes it.
    expires: DateTime,
    idle_for: i64,
    how: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed_device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed_address: Option<String>,
    /// Missing only where an earlier version writes beside this one.
    #[serde(default)]
    retries: i64,
}

fn client(device: Option<String>, address: Option<String>) -> Client {
    Client {
        device,
        address: address.and_then(|address| address.parse().ok()),
    }
}

impl From<&Session> for SessionDocument {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.to_string(),
            user: session.user_id.to_string(),
            epoch: session.epoch.0,
            secret_hash: session.secret_hash.as_ref().map(hash),
            secret_expires_at: session.secret_expires_at.map(Timestamp::as_millis),
            refresh_hash: session.refresh_hash.as_ref().map(hash),
            generation: session.generation.into(),
            refreshed_at: session.refreshed_at.map(Timestamp::as_millis),
            salt: binary(*session.salt.as_stored()),
            scope: session.scope.as_str().to_owned(),
            created_at: session.created_at.as_millis(),
            last_seen_at: session.last_seen_at.as_millis(),
            proven_at: session.proven_at.as_millis(),
            expires_at: session.expires_at.as_millis(),
            expires: date(session.expires_at),
            idle_for: i64::try_from(session.idle_for.as_millis()).unwrap_or(i64::MAX),
            how: session.how.as_str().to_owned(),
            device: session.client.device.clone(),
            address: session.client.address.map(|address| address.to_string()),
            refreshed_device: session.refreshed_by.device.clone(),
            refreshed_address: session
                .refreshed_by
                .address
                .map(|address| address.to_string()),
            retries: session.retries.into(),
        }
    }
}

impl TryFrom<SessionDocument> for Session {
    type Error = StoreError;

    fn try_from(stored: SessionDocument) -> Result<Self, StoreError> {
        let generation = u32::try_from(stored.generation);
        Ok(Self {
            id: parsed(&stored.id)?,
            user_id: parsed(&stored.user)?,
            epoch: Epoch(stored.epoch),
            secret_hash: stored.secret_hash.as_ref().map(read_hash),
            secret_expires_at: stored.secret_expires_at.map(Timestamp::from_millis),
            refresh_hash: stored.refresh_hash.as_ref().map(read_hash),
            generation: generation.map_err(|error| unreadable(&error.to_string()))?,
            refreshed_at: stored.refreshed_at.map(Timestamp::from_millis),
            salt: Salt::from_stored(array(&stored.salt)?),
            scope: parsed(&stored.scope)?,
            created_at: Timestamp::from_millis(stored.created_at),
            last_seen_at: Timestamp::from_millis(stored.last_seen_at),
            proven_at: Timestamp::from_millis(stored.proven_at),
            expires_at: Timestamp::from_millis(stored.expires_at),
            idle_for: Duration::from_millis(stored.idle_for.try_into().unwrap_or(0)),
            how: parsed(&stored.how)?,
            client: client(stored.device, stored.address),
            refreshed_by: client(stored.refreshed_device, stored.refreshed_address),
            retries: stored.retries.try_into().unwrap_or(u32::MAX),
        })
    }
}
