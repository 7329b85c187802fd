//! The time zone of the system, by its IANA name.

use planner::Zone;

/// The zone that the value of `TZ` names, or else the one that the operating system is set to. A system
/// that names no zone, as a small container image does, keeps UTC.
pub(super) fn of(tz: Option<&str>) -> Zone {
    let of_process = tz.and_then(named);
    let of_system = || Zone::find(&iana_time_zone::get_timezone().ok()?);
    of_process.or_else(of_system).unwrap_or_else(Zone::utc)
}

/// POSIX lets a colon stand before a name, and a name be the path of a file. Rules such as
/// `CET-1CEST` name no zone.
fn named(tz: &str) -> Option<Zone> {
    let name = tz.strip_prefix(':').unwrap_or(tz);
    let name = name.rsplit_once("zoneinfo/").map_or(name, |(_, name)| name);
    Zone::find(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_have_a_zone_of_its_own() {
        for tz in [
            "Asia/Tokyo",
            ":Asia/Tokyo",
            "/usr/share/zoneinfo/Asia/Tokyo",
            ":/usr/share/zoneinfo/Asia/Tokyo",
        ] {
            assert_eq!(of(Some(tz)).name(), "Asia/Tokyo", "{tz}");
        }
    }

    #[test]
    fn what_names_no_zone_leaves_that_of_the_system() {
        for tz in ["", ":", "CET-1CEST", "Mars/Olympus", "/etc/localtime"] {
            assert_eq!(of(Some(tz)), of(None), "{tz}");
        }
    }
}
