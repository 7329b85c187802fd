//! An entry of a security log, as pages show it.

use guestlist::{SecurityEvent, Timestamp};
use guestlist_axum::device_in_words;

use super::when_text;
use crate::security_words::{Reader, sentence};

/// One event.
pub(super) struct SecurityEntry {
    pub(super) sentence: String,
    /// How many further events the entry stands for, and when the last one happened.
    pub(super) more: Option<(u32, String)>,
    pub(super) is_warning: bool,
    pub(super) device: Option<String>,
    pub(super) address: Option<String>,
    pub(super) is_address_of_proxy: bool,
    pub(super) ago: String,
    /// The day and time in UTC, to read and machine-readable.
    pub(super) at: (String, String),
}

impl SecurityEntry {
    pub(super) fn new(event: &SecurityEvent, reader: Reader, now: Timestamp) -> Self {
        let device = event.client.device.as_deref();
        let more = (event.times > 1).then(|| event.times - 1);
        Self {
            sentence: sentence(event, reader),
            more: more.map(|more| (more, when_text::ago(event.last_at, now))),
            is_warning: event.kind.is_warning(),
            device: device.map(|device| {
                let words = device_in_words(device);
                words.unwrap_or_else(|| "Unknown device".to_owned())
            }),
            address: event.client.address.map(|address| address.to_string()),
            is_address_of_proxy: event.is_address_of_proxy(),
            ago: when_text::ago(event.at, now),
            at: (when_text::moment(event.at), event.at.to_string()),
        }
    }
}
