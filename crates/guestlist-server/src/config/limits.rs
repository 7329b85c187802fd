//! The settings of `[limits]`: how much one client, one user or all of them together may use.

use std::time::Duration;

use guestlist::ReadLimits;

use super::{
    SettingsError, form,
    reader::Reader,
    setting::{self as s, Setting},
};

/// The limits. [`SETTINGS`](super::SETTINGS) explains each one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSettings {
    /// `limits.memory`
    pub memory: u32,
    /// `limits.list_bytes`
    pub list_bytes: u32,
    /// `limits.streams`
    pub streams: u32,
    /// `limits.connections_per_client`
    pub connections_per_client: u32,
    /// `limits.events_per_user`
    pub events_per_user: u32,
    /// `limits.tokens_per_user`
    pub tokens_per_user: u32,
    /// `limits.sessions_per_user`
    pub sessions_per_user: u32,
    /// `limits.exports_per_user`
    pub exports_per_user: u32,
    /// `limits.exports`
    pub exports: u32,
    /// `limits.lists_waiting`
    pub lists_waiting: u32,
    /// `limits.lookups_waiting`
    pub lookups_waiting: u32,
    /// `limits.import_hash_seconds`
    pub import_hash_seconds: Duration,
    /// `limits.refresh_retries`
    pub refresh_retries: u32,
    /// `limits.log_path_bytes`
    pub log_path_bytes: u32,
    /// `limits.log_refusals`
    pub log_refusals: u32,
}

impl LimitSettings {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, SettingsError> {
        Ok(Self {
            memory: reader.value(&s::LIMIT_MEMORY, |text| {
                form::whole(text, 1_048_576..=4_294_967_295)
            })?,
            list_bytes: reader.value(&s::LIMIT_LIST_BYTES, |text| {
                form::whole(text, 16_384..=4_194_304)
            })?,
            streams: reader.value(&s::LIMIT_STREAMS, |text| form::whole(text, 1..=1_000))?,
            connections_per_client: reader.value(&s::LIMIT_CONNECTIONS_PER_CLIENT, |text| {
                form::whole(text, 1..=1_000_000)
            })?,
            events_per_user: reader.value(&s::LIMIT_EVENTS_PER_USER, |text| {
                form::whole(text, 1..=1_000_000)
            })?,
            tokens_per_user: reader.value(&s::LIMIT_TOKENS_PER_USER, |text| {
                form::whole(text, 1..=10_000)
            })?,
            sessions_per_user: reader.value(&s::LIMIT_SESSIONS_PER_USER, |text| {
                form::whole(text, 1..=10_000)
            })?,
            exports_per_user: reader.value(&s::LIMIT_EXPORTS_PER_USER, |text| {
                form::whole(text, 1..=100)
            })?,
            exports: reader.value(&s::LIMIT_EXPORTS, |text| form::whole(text, 1..=10_000))?,
            lists_waiting: reader.value(&s::LIMIT_LISTS_WAITING, |text| {
                form::whole(text, 1..=100_000)
            })?,
            lookups_waiting: reader.value(&s::LIMIT_LOOKUPS_WAITING, |text| {
                form::whole(text, 1..=1_000_000)
            })?,
            import_hash_seconds: reader.value(&s::LIMIT_IMPORT_HASH_SECONDS, |text| {
                form::seconds(text, 0.05..=60.0)
            })?,
            refresh_retries: reader
                .value(&s::LIMIT_REFRESH_RETRIES, |text| form::whole(text, 0..=100))?,
            log_path_bytes: reader.value(&s::LIMIT_LOG_PATH_BYTES, |text| {
                form::whole(text, 32..=16_384)
            })?,
            log_refusals: reader.value(&s::LIMIT_LOG_REFUSALS, |text| {
                form::whole(text, 1..=1_000_000)
            })?,
        })
    }

    /// Returns how many reads may wait for the database.
    pub fn reads(&self) -> ReadLimits {
        ReadLimits {
            lookups_waiting: self.lookups_waiting,
            lists_waiting: self.lists_waiting,
        }
    }

    /// Returns each setting with its value as text, in the order of [`SETTINGS`](super::SETTINGS).
    pub(super) fn shown(&self) -> [(&'static Setting, String); 15] {
        [
            (&s::LIMIT_MEMORY, self.memory.to_string()),
            (&s::LIMIT_LIST_BYTES, self.list_bytes.to_string()),
            (&s::LIMIT_STREAMS, self.streams.to_string()),
            (
                &s::LIMIT_CONNECTIONS_PER_CLIENT,
                self.connections_per_client.to_string(),
            ),
            (&s::LIMIT_EVENTS_PER_USER, self.events_per_user.to_string()),
            (&s::LIMIT_TOKENS_PER_USER, self.tokens_per_user.to_string()),
            (
                &s::LIMIT_SESSIONS_PER_USER,
                self.sessions_per_user.to_string(),
            ),
            (
                &s::LIMIT_EXPORTS_PER_USER,
                self.exports_per_user.to_string(),
            ),
            (&s::LIMIT_EXPORTS, self.exports.to_string()),
            (&s::LIMIT_LISTS_WAITING, self.lists_waiting.to_string()),
            (&s::LIMIT_LOOKUPS_WAITING, self.lookups_waiting.to_string()),
            (
                &s::LIMIT_IMPORT_HASH_SECONDS,
                self.import_hash_seconds.as_secs_f64().to_string(),
            ),
            (&s::LIMIT_REFRESH_RETRIES, self.refresh_retries.to_string()),
            (&s::LIMIT_LOG_PATH_BYTES, self.log_path_bytes.to_string()),
            (&s::LIMIT_LOG_REFUSALS, self.log_refusals.to_string()),
        ]
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            memory: 67_108_864,
            list_bytes: 262_144,
            streams: 32,
            connections_per_client: 256,
            events_per_user: 2_000,
            tokens_per_user: 100,
            sessions_per_user: 100,
            exports_per_user: 1,
            exports: 64,
            lists_waiting: 64,
            lookups_waiting: 4_096,
            import_hash_seconds: Duration::from_millis(500),
            refresh_retries: 2,
            log_path_bytes: 200,
            log_refusals: 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_and_settings_have_the_same_defaults() {
        assert_eq!(LimitSettings::default().reads(), ReadLimits::default());
    }
}
