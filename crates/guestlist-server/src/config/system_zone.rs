//! The time zone of the system, by its IANA name.

use planner::Zone;

/// The zone that the value of `TZ` names, or else the one that the operating system is set to. A system
/// that names no zone, as a small container image does, keeps UTC.
pub(super) fn of(tz: Option<&str>) -> Zone {
    let of_process = tz.and_then(named);
    let of_system = || Zone::find(&iana_time_zone::get_timezone().ok()?);
    let zone = of_process.or_else(of_system);
    zone.filter(|zone| !is_utc(zone.name()))
        .unwrap_or_else(Zone::utc)
}

/// Whether that is one of the many names that systems have for UTC.
fn is_utc(name: &str) -> bool {
    let name = name.strip_prefix("Etc/").unwrap_or(name);
    ["UTC", "UCT", "Universal", "Zulu"].contains(&name)
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
    fn utc_has_one_name() {
        for tz in ["UTC", "Etc/UTC", "etc/utc", "Zulu"] {
            assert_eq!(of(Some(tz)).name(), "UTC", "{tz}");
        }
    }

    #[test]
    fn what_names_no_zone_leaves_that_of_the_system() {
        for tz in ["", ":", "CET-1CEST", "Mars/Olympus", "/etc/localtime"] {
            assert_eq!(of(Some(tz)), of(None), "{tz}");
        }
    }
}
