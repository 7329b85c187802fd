//! How a zone's clocks show a local time: once, twice or never.

use jiff::{civil::DateTime, tz::AmbiguousOffset};

use super::{text::Spoken, zone::Zone};

/// How often the clocks of a zone show a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalTime {
    /// Once, as nearly always.
    Once,
    /// Never: the clocks are put forward past it.
    Skipped {
        /// The time it stands for: moved forward by as much as the clocks.
        meant: DateTime,
    },
    /// Twice: the clocks are put back.
    Twice {
        /// The UTC offset of the first one, such as `+02:00`.
        first: String,
        /// The UTC offset of the second one.
        second: String,
    },
}

impl Zone {
    /// Returns how often the clocks of this zone show a time such as `2026-12-01T18:00`. Returns
    /// [`LocalTime::Once`] for a time with an offset and for an invalid text.
    pub fn local(&self, text: &str) -> LocalTime {
        let local = Spoken::read(text).ok();
        let local = local.filter(|spoken| spoken.offset.is_none());
        let Some(local) = local.map(|spoken| spoken.local) else {
            return LocalTime::Once;
        };
        let read = self.rules.to_ambiguous_zoned(local);
        match read.offset() {
            AmbiguousOffset::Unambiguous { .. } => LocalTime::Once,
            AmbiguousOffset::Gap { .. } => match read.compatible() {
                Ok(meant) => LocalTime::Skipped {
                    meant: meant.datetime(),
                },
                Err(_) => LocalTime::Once,
            },
            AmbiguousOffset::Fold { before, after } => LocalTime::Twice {
                first: rfc_3339(before.seconds()),
                second: rfc_3339(after.seconds()),
            },
        }
    }
}

/// Formats the offset as in RFC 3339, to the minute.
fn rfc_3339(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_berlin(text: &str) -> LocalTime {
        Zone::find("Europe/Berlin").expect("is one").local(text)
    }

    #[test]
    fn a_time_occurs_once_twice_or_never() {
        for text in [
            "2026-12-01T18:00",
            "2026-10-25T01:59:59",
            "2026-10-25T03:00",
            "2026-10-25T02:30+01:00",
            "2026-03-29T03:00",
            "soon",
        ] {
            assert_eq!(in_berlin(text), LocalTime::Once, "{text}");
        }
        for text in ["2026-10-25T02:00", "2026-10-25T02:59:59.999"] {
            let twice = LocalTime::Twice {
                first: "+02:00".to_owned(),
                second: "+01:00".to_owned(),
            };
            assert_eq!(in_berlin(text), twice, "{text}");
        }
        let meant = "2026-03-29T03:30:00".parse().expect("is a time");
        assert_eq!(in_berlin("2026-03-29T02:30"), LocalTime::Skipped { meant });
    }

    #[test]
    fn a_time_on_a_skipped_day_means_the_next_day() {
        let apia = Zone::find("Pacific/Apia").expect("is one");
        let meant = "2011-12-31T18:00:00".parse().expect("is a time");
        let read = apia.local("2011-12-30T18:00");
        assert_eq!(read, LocalTime::Skipped { meant });
    }
}
