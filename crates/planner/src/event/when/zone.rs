//! Time zones by name.

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// The zone of that IANA name, and the name as its list spells it.
pub(super) fn find_zone(name: &str) -> Option<(TimeZone, String)> {
    // What a machine calls its own zone, and two names for no zone at all.
    const NOT_A_PLACE: [&str; 4] = ["localtime", "posixrules", "Factory", "Etc/Unknown"];
    // The machine's list is the newer one; ours knows old names that some machines leave out, and
    // that browsers still say (`Asia/Calcutta`).
    let zone = jiff::tz::db()
        .get(name)
        .or_else(|_| TimeZoneDatabase::bundled().get(name))
        .ok()?;
    let spelled = zone.iana_name()?.to_owned();
    let is_a_place = !NOT_A_PLACE
        .iter()
        .any(|no| no.eq_ignore_ascii_case(&spelled));
    is_a_place.then_some((zone, spelled))
}

#[cfg(test)]
mod tests {
    use super::find_zone;

    #[test]
    fn a_name_is_kept_as_its_list_spells_it() {
        for (given, kept) in [
            ("europe/paris", "Europe/Paris"),
            ("America/New_York", "America/New_York"),
            ("utc", "UTC"),
            ("asia/calcutta", "Asia/Calcutta"),
            ("America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ] {
            assert_eq!(find_zone(given).map(|found| found.1).as_deref(), Some(kept));
        }
    }

    #[test]
    fn what_is_no_name_is_no_zone() {
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
            assert!(find_zone(text).is_none(), "{text:?}");
        }
    }
}
