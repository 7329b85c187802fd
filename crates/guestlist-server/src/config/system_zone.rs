//! The time zone of the system, by its IANA name.

use planner::Zone;

/// What `TZ` says about the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tz {
    /// `TZ` is not set, or means the system's zone.
    Silent,
    /// It names the zone.
    Named,
    /// It names no zone.
    Unusable(String),
}

impl Tz {
    pub(super) fn of(tz: Option<&str>) -> Self {
        match tz {
            None | Some("" | ":" | "/etc/localtime" | ":/etc/localtime") => Self::Silent,
            Some(tz) if named(tz).is_some() => Self::Named,
            Some(tz) => Self::Unusable(tz.to_owned()),
        }
    }
}

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
pub(super) fn named(tz: &str) -> Option<Zone> {
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
    fn a_value_of_tz_that_names_no_zone_is_known() {
        for (tz, expected) in [
            (None, Tz::Silent),
            (Some(""), Tz::Silent),
            (Some(":/etc/localtime"), Tz::Silent),
            (Some("Asia/Tokyo"), Tz::Named),
            (Some("UTC"), Tz::Named),
            (Some("nowhere"), Tz::Unusable("nowhere".to_owned())),
            (Some("CET-1CEST"), Tz::Unusable("CET-1CEST".to_owned())),
        ] {
            assert_eq!(Tz::of(tz), expected, "{tz:?}");
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
