//! What the clocks of a zone make of a time that somebody read off them.

use jiff::{civil::DateTime, tz::AmbiguousOffset};

use super::{Zone, text::Spoken};

/// How often the clocks of a zone show a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalTime {
    /// Once, as nearly always.
    Once,
    /// Never: clocks are put forward past it.
    Skipped {
        /// What the time means: it is moved on by as much as the clocks.
        meant: DateTime,
    },
    /// Twice: clocks are put back.
    Twice {
        /// How far the clocks are from UTC the first time, such as `+02:00`.
        first: String,
        /// How far they are the second time.
        second: String,
    },
}

impl Zone {
    /// How often the clocks of this zone show a time such as `2026-12-01T18:00`. A time with an
    /// offset, and one that cannot be read, is nothing to ask about.
    pub fn local(&self, text: &str) -> LocalTime {
        let local = Spoken::read(text).filter(|spoken| spoken.offset.is_none());
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

/// The offset as RFC 3339 spells it, to the minute.
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
    fn a_time_is_there_once_or_twice_or_not_at_all() {
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
    fn a_time_on_a_day_that_a_zone_leaves_out_means_the_next_day() {
        let apia = Zone::find("Pacific/Apia").expect("is one");
        let meant = "2011-12-31T18:00:00".parse().expect("is a time");
        let read = apia.local("2011-12-30T18:00");
        assert_eq!(read, LocalTime::Skipped { meant });
    }
}
