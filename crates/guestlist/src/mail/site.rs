//! The site that sends mails.

use std::fmt::Display;

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

    /// Writes a time to the minute, such as `21 November 2026, 09:52 UTC (21 November 2026, 10:52 in
    /// Europe/Berlin)`.
    pub(super) fn day_and_time(&self, at: Timestamp) -> String {
        let Ok(at) = jiff::Timestamp::from_millisecond(at.as_millis()) else {
            return at.to_string();
        };
        let utc = format!("{} UTC", in_words(&TimeZone::UTC, at));
        match self.local(at) {
            Some(local) => format!("{utc} ({local})"),
            None => utc,
        }
    }

    fn local(&self, at: jiff::Timestamp) -> Option<String> {
        let zone = self
            .time_zone
            .as_ref()
            .filter(|zone| **zone != TimeZone::UTC)?;
        Some(format!("{} in {}", in_words(zone, at), zone.iana_name()?))
    }
}

fn in_words(zone: &TimeZone, at: jiff::Timestamp) -> impl Display {
    zone.to_datetime(at).strftime("%-d %B %Y, %H:%M")
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;

    #[test]
    fn a_time_is_written_in_words() {
        let at = Timestamp::from_millis(1_796_091_240_000);
        let site = Site {
            name: String::new(),
            base_url: String::new(),
            time_zone: None,
        };
        assert_eq!(site.day_and_time(at), "1 December 2026, 02:14 UTC");
        let behind = TimeZone::fixed(Offset::constant(-5));
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).expect("is a time");
        let local = in_words(&behind, at).to_string();
        assert_eq!(local, "30 November 2026, 21:14");
    }
}
