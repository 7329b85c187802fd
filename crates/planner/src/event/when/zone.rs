//! Time zones by name.

use guestlist::Timestamp;
use jiff::{
    civil::{Date, DateTime},
    tz::{TimeZone, TimeZoneDatabase},
};

use crate::ProblemCode;

/// A time zone of the IANA database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    name: String,
    pub(super) rules: TimeZone,
}

impl Zone {
    /// Returns UTC.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }

    /// Finds a zone by its IANA name. It ignores case and keeps the spelling of the database.
    pub fn find(name: &str) -> Option<Self> {
        // The machine's own zone, and names that mean no zone.
        const NOT_A_PLACE: [&str; 4] = ["localtime", "posixrules", "Factory", "Etc/Unknown"];
        // Prefer the machine's database, which is newer. The bundled one has old names that some
        // machines lack and that browsers still send (`Asia/Calcutta`).
        let rules = jiff::tz::db()
            .get(name)
            .or_else(|_| TimeZoneDatabase::bundled().get(name))
            .ok()?;
        let name = rules.iana_name()?.to_owned();
        let is_a_place = !NOT_A_PLACE.iter().any(|no| no.eq_ignore_ascii_case(&name));
        is_a_place.then_some(Self { name, rules })
    }

    /// Returns the name as the database spells it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the rules of the zone.
    pub fn rules(&self) -> &TimeZone {
        &self.rules
    }

    /// Returns the local time at that moment.
    pub(super) fn wall(&self, at: Timestamp) -> Option<DateTime> {
        let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
        Some(self.rules.to_datetime(at))
    }

    /// Whether the zone's calendar has that day. A zone that changes from UTC-11 to UTC+13, as
    /// Pacific/Apia did in 2011, leaves out one day.
    pub(super) fn has(&self, day: Date) -> bool {
        // A midnight that the clocks skip moves forward, and stays on its day unless the day is
        // skipped. The last day of the date type has no moment in some zones.
        let begins = day.to_zoned(self.rules.clone());
        begins.map_or(true, |begins| begins.date() == day)
    }

    /// Returns the problem of a day that the zone's calendar does not [have](Self::has).
    pub(super) fn skipped(&self, day: Date) -> ProblemCode {
        ProblemCode::SkippedDay {
            day,
            time_zone: self.name.clone(),
        }
    }

    /// Returns when that day is over, in milliseconds: the first moment of the next day.
    pub(super) fn end_of(&self, day: Date) -> Option<i64> {
        let next = day.tomorrow().ok()?.to_zoned(self.rules.clone()).ok()?;
        Some(next.timestamp().as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;

    #[test]
    fn a_name_gets_the_spelling_of_the_database() {
        for (given, kept) in [
            ("europe/paris", "Europe/Paris"),
            ("America/New_York", "America/New_York"),
            ("utc", "UTC"),
            ("asia/calcutta", "Asia/Calcutta"),
            ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ] {
            let found = Zone::find(given);
            assert_eq!(found.as_ref().map(Zone::name), Some(kept));
        }
    }

    #[test]
    fn other_texts_are_no_zone() {
        for text in [
            "",
            " ",
            "+01:00",
            "-05",
            "Z",
            "CET-1CEST",
            "EST5EDT,M3.2.0,M11.1.0",
            "Mars/Olympus",
            "Etc/Unknown",
            "factory",
            "localtime",
            "posixrules",
            "posix/Europe/Paris",
            "right/Europe/Paris",
            "../../etc/passwd",
            "/etc/localtime",
            "Europe",
            "Europe/",
            "zone.tab",
            "Europe/Paris ",
            "Europe/Paris\0",
        ] {
            assert!(Zone::find(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_zone_that_moves_across_the_date_line_leaves_a_day_out() {
        for (name, day, has) in [
            ("Pacific/Apia", "2011-12-29", true),
            ("Pacific/Apia", "2011-12-30", false),
            ("Pacific/Apia", "2011-12-31", true),
            ("Pacific/Kwajalein", "1993-08-21", false),
            ("UTC", "2011-12-30", true),
            // Only the first hour is skipped.
            ("America/Sao_Paulo", "2018-11-04", true),
            ("UTC", "9999-12-31", true),
        ] {
            let zone = Zone::find(name).expect("is a zone");
            let day = day.parse().expect("is a day");
            assert_eq!(zone.has(day), has, "{day} in {name}");
        }
    }

    #[test]
    fn a_day_ends_at_the_first_moment_of_the_next_day() {
        for (name, day, over) in [
            ("UTC", "2026-12-01", "2026-12-02T00:00:00Z"),
            ("Pacific/Honolulu", "2026-12-01", "2026-12-02T10:00:00Z"),
            // This day has 23 hours; the next one in the list has 25.
            ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00Z"),
            ("Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00Z"),
            // The clock skips from midnight to one.
            ("America/Sao_Paulo", "2018-11-03", "2018-11-04T03:00:00Z"),
            // The zone skips the next day completely.
            ("Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z"),
        ] {
            let zone = Zone::find(name).expect("is a zone");
            let over: jiff::Timestamp = over.parse().expect("is a moment");
            let end = zone.end_of(day.parse().expect("is a day"));
            assert_eq!(end, Some(over.as_millisecond()), "{day} in {name}");
        }
    }
}
