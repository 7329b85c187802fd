//! The time zone of the system, by its IANA name.

use planner::Zone;

/// Returns the zone that the value of `TZ` names, or otherwise the operating system's zone. If
/// neither names a zone, as in a small container image, returns UTC.
pub(super) fn of(tz: Option<&str>) -> Zone {
    let of_process = tz.and_then(named);
    let of_system = || Zone::find(&iana_time_zone::get_timezone().ok()?);
    let zone = of_process.or_else(of_system);
    zone.filter(|zone| !is_utc(zone.name()))
        .unwrap_or_else(Zone::utc)
}

/// Whether the name is one of the many names for UTC.
fn is_utc(name: &str) -> bool {
    let name = name.strip_prefix("Etc/").unwrap_or(name);
    ["UTC", "UCT", "Universal", "Zulu"].contains(&name)
}

/// Finds the zone of a `TZ` value. POSIX allows a colon before the name, and a file path as the
/// name. Rules such as `CET-1CEST` name no zone.
fn named(tz: &str) -> Option<Zone> {
    let name = tz.strip_prefix(':').unwrap_or(tz);
    let name = name.rsplit_once("zoneinfo/").map_or(name, |(_, name)| name);
    Zone::find(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tz_sets_the_zone_of_a_process() {
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
    fn other_values_of_tz_mean_the_systems_zone() {
        for tz in ["", ":", "CET-1CEST", "Mars/Olympus", "/etc/localtime"] {
            assert_eq!(of(Some(tz)), of(None), "{tz}");
        }
    }
}
