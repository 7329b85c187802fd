//! The site that sends mails.

use jiff::tz::TimeZone;

use crate::{Message, Timestamp};

/// The site that sends mails.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name, as its users know it.
    pub name: String,
    /// Its base URL, from the settings and never from a request: all links begin with it.
    pub base_url: String,
    /// The time zone in which mails show times beside UTC. `None` shows UTC alone.
    pub time_zone: Option<TimeZone>,
}

impl Site {
    /// Returns the `Message-ID` (RFC 5322, section 3.6.4) of a message: the same at each attempt,
    /// so that mail programs show a mail once that was sent twice.
    pub fn message_id(&self, message: &Message) -> String {
        let (_, rest) = self.base_url.split_once("://").unwrap_or(("", "localhost"));
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let host: String = host.chars().filter(|c| plain(*c)).collect();
        let host = if host.is_empty() { "localhost" } else { &host };
        format!("<{}@{host}>", message.id)
    }

    /// Writes a time to the minute, such as `2026-11-21 09:52 UTC (2026-11-21 10:52 in
    /// Europe/Berlin)`.
    pub(super) fn day_and_time(&self, at: Timestamp) -> String {
        let text = at.to_string();
        let utc = match (text.get(..10), text.get(11..16)) {
            (Some(day), Some(time)) => format!("{day} {time} UTC"),
            _ => return text,
        };
        match self.local(at) {
            Some(local) => format!("{utc} ({local})"),
            None => utc,
        }
    }

    fn local(&self, at: Timestamp) -> Option<String> {
        let zone = self
            .time_zone
            .as_ref()
            .filter(|zone| **zone != TimeZone::UTC)?;
        let name = zone.iana_name()?;
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
        let local = zone.to_datetime(at);
        let (hour, minute) = (local.hour(), local.minute());
        Some(format!("{} {hour:02}:{minute:02} in {name}", local.date()))
    }
}
